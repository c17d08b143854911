//! Lines, receipts, and the end of the input.

use super::support::wait::retry_on_delay;
use super::*;

#[test]
fn piped_lines_get_receipts_and_the_exit_code_is_0() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"one\n\n\r\ntwo").unwrap();
        drop(stdin);
        assert_eq!(echo_line(&mut peer, 1, "anna"), "one");
        assert_eq!(
            echo_line(&mut peer, 2, "anna"),
            "two",
            "empty lines are not sent"
        );
        peer.answer_ping().unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(exit_code(&mut program), Some(0));
        assert_eq!(
            program.rest_of_stdout(TIMEOUT).unwrap(),
            ["1 anna: one", "2 anna: two"]
        );
        assert_eq!(stderr(&program), "");
    });
}

#[test]
fn client_leaves_only_after_the_pong_to_its_last_ping() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        drop(program.take_stdin().unwrap());
        let ping = peer.expect(PING).unwrap();
        peer.send(PONG, b"another").unwrap();
        peer.send_text("1 ben: still here").unwrap();
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "1 ben: still here");
        // If the client were leaving, its Close would arrive before its Pong.
        peer.send(PING, b"there?").unwrap();
        assert_eq!(peer.expect(PONG).unwrap(), b"there?");
        peer.send(PONG, &ping).unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(exit_code(&mut program), Some(0));
    });
}

#[test]
fn lines_without_a_receipt_are_counted_after_a_timeout() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let timeouts = Timeouts {
            ping_after: Duration::from_millis(500),
            pong: Duration::from_millis(500),
            close: Duration::from_millis(200),
            ..Timeouts::default()
        };
        let url: Url = server.url().unwrap().parse().unwrap();
        let silent = thread::spawn(move || {
            let mut peer = welcome(&server);
            echo_line(&mut peer, 1, "anna");
            peer.send_text("2 * anna is now bea").unwrap();
            echo_line(&mut peer, 3, "bea");
            peer.send_text("4 anna: another member").unwrap();
            for text in ["three", "four", "/who"] {
                assert_eq!(peer.expect(TEXT).unwrap(), text.as_bytes());
            }
            // One Ping follows the last line. The client sends another one because it receives nothing.
            while peer.read_frame().unwrap().opcode == PING {}
            peer.expect_end().unwrap();
        });
        let client = connect(&url, timeouts).unwrap();
        let output = PlainOutput::new(Vec::new(), Style::default());
        let options = InputOptions {
            takes_commands: true,
            ..InputOptions::default()
        };
        let input = &b"one\ntwo\nthree\nfour\n/who\n"[..];
        let lost = client.run(input, output, options).unwrap_err();
        assert!(matches!(lost.why, EndReason::PingTimeout(_)), "{lost}");
        assert_eq!(lost.uncertain, 2, "{lost}");
        silent.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn unsendable_lines_are_reported_by_number() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"one\n\xFF\xFE\n").unwrap();
        stdin.write_all(&[b'a'; 100_000]).unwrap();
        stdin.write_all(b"\nfour\n").unwrap();
        drop(stdin);
        assert_eq!(peer.expect(TEXT).unwrap(), b"one");
        assert_eq!(peer.expect(TEXT).unwrap(), b"four");
        peer.answer_ping().unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(exit_code(&mut program), Some(1), "not all lines were sent");
        assert_eq!(
            program.rest_of_stderr(TIMEOUT).unwrap(),
            [
                "chat-client: line 2 was not sent: it is not UTF-8",
                "chat-client: line 3 was not sent: it is longer than 16,384 bytes",
                "chat-client: 2 lines were not sent",
            ]
        );
    });
}

#[test]
fn input_is_not_read_beyond_its_end() {
    /// Input as from a terminal: Ctrl-D on a half-typed line, Ctrl-D again, and then more input.
    struct Terminal(Vec<&'static [u8]>);
    impl Read for Terminal {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let typed = self.0.remove(0);
            buffer[..typed.len()].copy_from_slice(typed);
            Ok(typed.len())
        }
    }
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let url: Url = server.url().unwrap().parse().unwrap();
        let peer = thread::spawn(move || {
            let mut peer = accept_without_welcome(&server);
            assert_eq!(peer.expect(TEXT).unwrap(), b"half");
            peer.answer_ping().unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
        });
        let client = connect(&url, Timeouts::default()).unwrap();
        let input = Terminal(vec![b"half", b"", b"more\n", b""]);
        run(client, input, Vec::new()).unwrap();
        peer.join().unwrap();
    });
}

#[test]
fn unreadable_input_is_reported_after_the_last_receipt() {
    /// An input whose first read returns a line. All later reads fail, as reads of a directory do.
    struct Unreadable(bool);
    impl Read for Unreadable {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            buffer[..4].copy_from_slice(b"one\n");
            Ok(4)
        }
    }
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let url: Url = server.url().unwrap().parse().unwrap();
        let peer = thread::spawn(move || {
            let mut peer = accept_without_welcome(&server);
            assert_eq!(peer.expect(TEXT).unwrap(), b"one");
            peer.answer_ping().unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
        });
        let client = connect(&url, Timeouts::default()).unwrap();
        let lost = run(client, Unreadable(false), Vec::new()).unwrap_err();
        assert!(matches!(lost.why, EndReason::Input(_)), "{lost}");
        assert_eq!(lost.uncertain, 0);
        peer.join().unwrap();
    });
}

#[test]
fn longest_allowed_line_is_sent_and_a_longer_one_is_not() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        let mut stdin = program.take_stdin().unwrap();
        for (length, end) in [
            (16_384, "\n"),
            (16_384, "\r\n"),
            (16_385, "\n"),
            (16_386, "\n"),
            (16_384, ""),
        ] {
            stdin.write_all(&vec![b'a'; length]).unwrap();
            stdin.write_all(end.as_bytes()).unwrap();
        }
        drop(stdin);
        for _ in 0..3 {
            assert_eq!(peer.expect(TEXT).unwrap().len(), 16_384);
        }
        peer.answer_ping().unwrap();
        peer.answer_close().unwrap();
        assert_eq!(program.rest_of_stderr(TIMEOUT).unwrap().len(), 3);
    });
}
