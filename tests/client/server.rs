//! How the client handles a server that closes, sends something invalid, or stops reading or sending.

use super::support::wait::retry_on_delay;
use super::*;

#[test]
fn close_from_the_server_is_answered_and_explained() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        peer.send_close(1001, "the server is \x1b[2Jstopping")
            .unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1001));
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the server ended the connection with Close 1001 (going away): \
the server is \u{FFFD}[2Jstopping"
        );
    });
}

#[test]
fn close_without_a_code_is_answered_and_reported() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        peer.send(CLOSE, b"").unwrap();
        assert_eq!(peer.answer_close().unwrap(), None);
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the server ended the connection and did not say why"
        );
    });
}

#[test]
fn client_reports_uncertain_lines_if_no_close_arrives() {
    within(LIMIT, || {
        let (mut program, mut peer) = client_in_room();
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"one\n").unwrap();
        peer.expect(TEXT).unwrap();
        drop(peer);
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the connection ended without a Close; 1 line has no receipt: the server may or may not have received it"
        );
    });
}

#[test]
fn forbidden_frame_is_answered_with_the_right_close_code() {
    within(LIMIT, || {
        let masked = [0x81, 0x81, 0, 0, 0, 0, b'a'];
        let reserved_bit = [0xC1, 1, b'a'];
        let not_utf8 = [0x81, 1, 0xFF];
        let huge = [0x81, 127, 0, 0, 0, 0, 6, 0, 0, 0];
        for (bytes, code) in [
            (&masked[..], 1002),
            (&reserved_bit, 1002),
            (&not_utf8, 1007),
            (&huge, 1009),
        ] {
            let (mut program, mut peer) = client_in_room();
            peer.send_bytes(bytes).unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(code));
            assert_eq!(exit_code(&mut program), Some(1));
            let stderr = stderr(&program);
            assert!(
                stderr.starts_with("chat-client: disconnected because of what the server sent"),
                "{stderr}"
            );
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
        }
    });
}

#[test]
fn client_gives_up_on_a_server_that_stops_reading() {
    let scenario = || {
        let server = ScriptedServer::start_with_buffers(4096).unwrap();
        let url: Url = server.url().unwrap().parse().unwrap();
        let timeouts = Timeouts {
            write: Duration::from_millis(200),
            ..Timeouts::default()
        };
        let peer = thread::spawn(move || accept_without_welcome(&server));
        let client = connect(&url, timeouts).unwrap();
        let _peer = peer.join().unwrap();
        let input = io::Cursor::new(("x".repeat(4095) + "\n").repeat(5000));
        let lost = run(client, input, Vec::new()).unwrap_err();
        assert!(matches!(lost.why, EndReason::WriteTimeout(_)), "{lost}");
        assert!(lost.uncertain > 0);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn received_text_is_printed_unchanged_without_a_terminal() {
    within(LIMIT, || {
        let (program, mut peer) = client_in_room();
        peer.send_text("1 ben: \x1b]0;title\x07\u{9b}2J\x7f\ttab")
            .unwrap();
        assert_eq!(
            program.stdout_line(TIMEOUT).unwrap(),
            "1 ben: \x1b]0;title\x07\u{9b}2J\x7f\ttab"
        );
        peer.send_text("several\r\nlines\nin \x1b[31mone\rframe")
            .unwrap();
        peer.send_text("").unwrap();
        for line in ["several\r", "lines", "in \x1b[31mone\rframe", ""] {
            assert_eq!(program.stdout_line(TIMEOUT).unwrap(), line);
        }
        peer.send(2, b"\x1b[31m").unwrap();
        assert_eq!(
            program.stdout_line(TIMEOUT).unwrap(),
            "* a binary message of 5 bytes"
        );
    });
}

#[test]
fn client_gives_up_if_the_server_falls_silent_mid_frame() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let url: Url = server.url().unwrap().parse().unwrap();
        let timeouts = Timeouts {
            ping_after: Duration::from_millis(500),
            pong: Duration::from_millis(500),
            close: Duration::from_millis(200),
            ..Timeouts::default()
        };
        let peer = thread::spawn(move || {
            let mut peer = welcome(&server);
            peer.send_bytes(b"\x81\x05hal").unwrap();
            peer.expect(TEXT).unwrap();
            peer.expect(PING).unwrap();
            peer.expect(CLOSE).unwrap();
            peer.expect_end().unwrap();
        });
        let client = connect(&url, timeouts).unwrap();
        let lost = run(client, &b"hello\n"[..], Vec::new()).unwrap_err();
        assert!(matches!(lost.why, EndReason::PingTimeout(_)), "{lost}");
        assert_eq!(lost.uncertain, 1);
        peer.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}
