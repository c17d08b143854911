//! A large paste into a terminal: its lines are queued, none is rejected, and the keys still work.

use super::terminal::start_in_terminal;
use super::*;

/// Accepts the reconnecting client and welcomes it. Skips connections that the client has already abandoned, as may
/// happen on a busy machine.
fn welcome_waiting_client(server: &ScriptedServer) -> Peer {
    let welcome = |mut peer: Peer| {
        peer.upgrade()?;
        peer.send_text(WELCOME)?;
        peer.answer_ping()?;
        Ok::<_, io::Error>(peer)
    };
    loop {
        if let Ok(peer) = welcome(server.accept().unwrap()) {
            return peer;
        }
    }
}

/// Sends this many of the client's lines back, each with its number, and answers Pings. Returns the lines.
fn echo_lines(peer: &mut Peer, lines: usize) -> Vec<String> {
    let mut said = Vec::new();
    while said.len() < lines {
        let frame = peer.read_frame().unwrap();
        match frame.opcode {
            TEXT => {
                let text = frame.text().to_owned();
                let number = said.len() + 1;
                peer.send_text(&format!("{number} anna: {text}")).unwrap();
                said.push(text);
            }
            PING => peer.send(PONG, &frame.payload).unwrap(),
            opcode => panic!("{opcode}"),
        }
    }
    said
}

fn paste(lines: usize, length: usize) -> (String, Vec<String>) {
    let lines: Vec<String> = (0..lines)
        .map(|number| format!("{number:0length$}"))
        .collect();
    (format!("\x1b[200~{}\x1b[201~", lines.join("\r")), lines)
}

#[test]
fn paste_of_a_megabyte_is_sent_and_the_keys_still_work() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        let (keys, lines) = paste(10_000, 100);
        let count = lines.len();
        let server = thread::spawn(move || {
            let said = echo_lines(&mut peer, count + 1);
            peer.answer_ping().unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
            said
        });
        terminal.press(&keys);
        terminal.press("\r");
        terminal.wait_until("the question", |screen| {
            screen.contents().contains("send 10000 lines?")
        });
        terminal.press("y");
        terminal.press("after it\r\x04");
        let said = server.join().unwrap();
        assert!(said[..count] == lines);
        assert_eq!(said[count], "after it");
        assert_eq!(terminal.wait().code(), Some(0));
        assert!(terminal.is_restored());
    });
}

#[test]
fn paste_without_a_connection_is_sent_after_reconnecting() {
    within(LIMIT, || {
        let (mut terminal, peer, server) = start_in_terminal(&[], &[]);
        drop(peer);
        terminal.wait_until("reconnecting", |screen| {
            screen.contents().contains("connecting")
        });
        let (keys, lines) = paste(9_500, 100);
        terminal.press(&keys);
        terminal.press("\ry");
        terminal.wait_until("the pending lines", |screen| {
            screen.contents().contains("pending: 9497 more")
        });
        let mut peer = welcome_waiting_client(&server);
        assert!(echo_lines(&mut peer, lines.len()) == lines);
        let _peer = peer;
        terminal.wait_until("the last line", |screen| {
            screen.contents().ends_with("9499\n> ")
        });
    });
}

#[test]
fn paste_of_more_than_five_lines_asks_first() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("\x1b[200~1\r2\r3\r4\r5\r6\x1b[201~\r");
        terminal.wait_until("the question", |screen| {
            screen.contents().contains("send 6 lines?")
        });
        // `n` returns to the text. Backspace then empties the sixth line, so Enter sends the rest without asking.
        terminal.press("n\x7f\r");
        for text in ["1", "2", "3", "4", "5"] {
            assert_eq!(peer.expect(TEXT).unwrap(), text.as_bytes());
        }
    });
}

#[test]
fn input_taller_than_the_window_hides_no_received_line() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&["--color", "never"], &[]);
        let (keys, _) = paste(40, 10);
        terminal.press(&keys);
        terminal.wait_until("the end of the input", |screen| {
            screen.contents().ends_with("39")
        });
        for number in 1..=5 {
            peer.send_text(&format!("{number} ben: hello")).unwrap();
        }
        terminal.wait_until("all received lines", |screen| {
            let shown = screen.contents();
            (1..=5).all(|number| shown.contains(&format!("{number} ben: hello")))
        });
        // Each received line is shown once, and no row of the input is in the scrollback.
        let history = terminal.history();
        let received = history.iter().filter(|line| line.contains(" ben: "));
        assert_eq!(received.count(), 5, "{history:#?}");
        let typed = history.iter().filter(|line| line.contains("0000000"));
        assert!(typed.count() <= 6, "{history:#?}");
    });
}
