//! How the client leaves, and what it does when its output fails.

use super::support::wait::retry_on_delay;
use super::*;

#[test]
fn client_leaves_cleanly_with_exit_code_0_after_a_signal() {
    within(LIMIT, || {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let (mut program, mut peer) = client_in_room();
            peer.send_text("1 ben: hello").unwrap();
            program.stdout_line(TIMEOUT).unwrap();
            program.signal(signal).unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
            assert_eq!(exit_code(&mut program), Some(0));
            assert_eq!(stderr(&program), "");
        }
    });
}

#[test]
fn lines_before_the_servers_close_are_still_printed() {
    let scenario = || {
        let (mut program, mut peer) = client_in_room();
        peer.send_text("1 ben: hello").unwrap();
        program.stdout_line(TIMEOUT).unwrap();
        program.signal(Signal::INT).unwrap();
        peer.expect(CLOSE).unwrap();
        peer.send_text("2 ben: bye").unwrap();
        peer.send_close(1000, "").unwrap();
        drop(peer);
        assert_eq!(exit_code(&mut program), Some(0));
        assert_eq!(program.rest_of_stdout(TIMEOUT).unwrap(), ["2 ben: bye"]);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn ctrl_c_exits_even_if_the_server_never_answers() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        peer.send_text("1 ben: hello").unwrap();
        program.stdout_line(TIMEOUT).unwrap();
        program.signal(Signal::INT).unwrap();
        peer.expect(CLOSE).unwrap();
        assert_eq!(exit_code(&mut program), Some(0));
    });
}

#[test]
fn second_ctrl_c_exits_without_the_servers_close() {
    let scenario = || {
        let (mut program, mut peer) = client_in_room();
        peer.send_text("1 ben: hello").unwrap();
        program.stdout_line(TIMEOUT).unwrap();
        program.signal(Signal::INT).unwrap();
        peer.expect(CLOSE).unwrap();
        program.signal(Signal::INT).unwrap();
        assert_eq!(exit_code(&mut program), Some(130));
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn ctrl_c_exits_while_a_write_is_blocked() {
    within(LIMIT, || {
        let server = ScriptedServer::start_with_buffers(4096).unwrap();
        let mut program = client(&[&server.url().unwrap()]);
        // The server sends no welcome, so the client expects no receipts and sends as much as the socket accepts.
        let mut peer = accept_without_welcome(&server);
        let mut stdin = program.take_stdin().unwrap();
        // The server reads only one line, so the writes to stdin soon block, until the client exits.
        let line = "x".repeat(4095) + "\n";
        let writer = thread::spawn(move || while stdin.write_all(line.as_bytes()).is_ok() {});
        peer.expect(TEXT).unwrap();
        program.signal(Signal::INT).unwrap();
        assert!(matches!(exit_code(&mut program), Some(0 | 1)));
        writer.join().unwrap();
    });
}

#[test]
fn client_exits_quietly_when_its_stdout_is_closed() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let script = r#"{ "$0" "$1" --no-reconnect; echo "exit $?" >&2; } | head -n 1"#;
        let url = server.url().unwrap();
        let program = start_client(
            Path::new("/bin/sh"),
            &["-c", script, env!("CARGO_BIN_EXE_chat-client"), &url],
        );
        let mut peer = accept_without_welcome(&server);
        peer.send_text("1 ben: hello").unwrap();
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "1 ben: hello");
        // `head` exits after it has printed its line. The test cannot see when, so it sends lines until the client
        // leaves.
        let mut number = 2;
        let code = loop {
            peer.send_text(&format!("{number} ben: still there?"))
                .unwrap();
            number += 1;
            peer.send(PING, b"").unwrap();
            match peer.read_frame().unwrap() {
                frame if frame.opcode == PONG => {}
                frame => break frame.close_code(),
            }
        };
        assert_eq!(code, Some(1000));
        drop(peer);
        assert_eq!(stderr(&program), "exit 0");
    });
}

#[test]
fn failed_write_to_the_output_is_reported() {
    within(LIMIT, || {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let server = ScriptedServer::start().unwrap();
        let url: Url = server.url().unwrap().parse().unwrap();
        let peer = thread::spawn(move || {
            let mut peer = accept_without_welcome(&server);
            peer.send_text("1 ben: hello").unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
        });
        // This input stays open until the end of the test.
        let (input, _open) = UnixStream::pair().unwrap();
        let client = connect(&url, Timeouts::default()).unwrap();
        let lost = run(client, input, Full).unwrap_err();
        assert!(matches!(lost.why, EndReason::Output(_)), "{lost}");
        peer.join().unwrap();
    });
}
