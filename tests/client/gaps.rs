//! Gaps: lines that the server no longer has, or has dropped. The client resends a line without a receipt only if the
//! line cannot be in a gap. The client also lists the lines that the server may or may not have received.

use super::*;

#[test]
fn unsent_lines_are_sent_after_a_gap() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        let mut peer = welcome(&server);
        let mut stdin = program.take_stdin().unwrap();
        let input: String = (1..=3000)
            .map(|number| format!("line {number}\n"))
            .collect();
        let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
        for _ in 0..5 {
            peer.expect(TEXT).unwrap();
        }
        drop(peer);
        // The server has accepted four of the client's lines. It now keeps only the last two lines of the room.
        let mut peer = server.open().unwrap();
        peer.send_text(WELCOME).unwrap();
        peer.send_text("* 90 lines are gone").unwrap();
        peer.send_text("91 anna: line 4").unwrap();
        peer.send_text("92 ben: hello").unwrap();
        peer.answer_ping().unwrap();
        for number in 5..=3000 {
            let text = echo_line(&mut peer, 88 + number, "anna");
            assert_eq!(text, format!("line {number}"));
        }
        peer.answer_ping().unwrap();
        peer.answer_close().unwrap();
        assert_eq!(exit_code(&mut program), Some(0));
        writer.join().unwrap();
    });
}

/// The client does not reconnect, so it cannot request the lines of the gap. It learns its new name from its next
/// receipt.
#[test]
fn receipts_are_recognized_after_a_gap_hides_our_rename() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = client(&[&server.url().unwrap(), "--commands"]);
        let mut peer = welcome(&server);
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"/nick bea\n").unwrap();
        assert_eq!(peer.expect(TEXT).unwrap(), b"/nick bea");
        peer.send_text("* 1 line is gone").unwrap();
        peer.answer_ping().unwrap();
        // These are more lines than may be in flight, so the client must recognize its receipts.
        let input: String = (1..=1500).map(|line| format!("line {line}\n")).collect();
        let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
        for number in 1..=1500 {
            let text = echo_line(&mut peer, number + 1, "bea");
            assert_eq!(text, format!("line {number}"));
        }
        writer.join().unwrap();
        peer.answer_ping().unwrap();
        peer.answer_close().unwrap();
        assert_eq!(exit_code(&mut program), Some(0));
    });
}

#[test]
fn uncertain_lines_are_listed_and_the_exit_code_is_1() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        let mut peer = welcome(&server);
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"one\ntwo\n").unwrap();
        peer.expect(TEXT).unwrap();
        peer.expect(TEXT).unwrap();
        drop(peer);
        program.stderr_line(TIMEOUT).unwrap();
        stdin.write_all(b"three\n").unwrap();
        drop(stdin);
        let mut peer = server.open().unwrap();
        peer.send_text(WELCOME).unwrap();
        peer.send_text("* 90 lines are gone").unwrap();
        peer.answer_ping().unwrap();
        assert_eq!(echo_line(&mut peer, 91, "anna"), "three");
        peer.answer_ping().unwrap();
        peer.answer_close().unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = program.rest_of_stderr(TIMEOUT).unwrap();
        let of =
            |line: &str| format!("chat-client: it is unknown whether this line was said: {line}");
        assert!(
            stderr.contains(&of("one")) && stderr.contains(&of("two")),
            "{stderr:#?}"
        );
        assert_eq!(
            stderr.last().unwrap(),
            "chat-client: not all lines have their receipts; 2 lines have no receipt: the server may or may not have received them"
        );
    });
}

/// With `--when-behind drop`, the server reports where it dropped lines. A Pong after that report proves that the
/// server has read the client's line.
#[test]
fn line_whose_receipt_was_dropped_is_not_resent() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        let mut peer = welcome(&server);
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"one\n").unwrap();
        peer.expect(TEXT).unwrap();
        peer.send_text("* 7 lines are gone").unwrap();
        peer.answer_ping().unwrap();
        // Once the client has answered this Ping, it has also handled the server's Pong.
        peer.send(PING, b"?").unwrap();
        peer.expect(PONG).unwrap();
        drop(peer);
        let mut peer = welcome(&server);
        stdin.write_all(b"two\n").unwrap();
        drop(stdin);
        assert_eq!(echo_line(&mut peer, 9, "anna"), "two");
        peer.answer_ping().unwrap();
        peer.answer_close().unwrap();
        assert_eq!(exit_code(&mut program), Some(0));
    });
}
