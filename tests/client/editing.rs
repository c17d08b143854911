//! Line editing in a terminal: how the client exits, and how received lines appear while the user types.

use super::support::terminal::lines;
use super::support::wait::{retry_on_delay, until};
use super::terminal::{start_in_terminal, wait_for_rows};
use super::*;

/// While the terminal's output is stopped, each thread that writes to the terminal blocks.
#[test]
fn blocked_terminal_does_not_prevent_the_exit() {
    within(LIMIT, || {
        for lines in [10, 2000] {
            let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
            terminal.stop_output();
            for number in 1..=lines {
                let line = format!("{number} ben: {}", "x".repeat(1000));
                peer.send_text(&line).unwrap();
            }
            terminal.signal(Signal::TERM);
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
            assert_eq!(terminal.wait().code(), Some(0), "{lines} lines");
            assert!(terminal.is_restored(), "{lines} lines");
        }
    });
}

/// The client is reconnecting to a server that does not answer. Without Ctrl-C, the attempt to reconnect would take ten
/// seconds.
#[test]
fn ctrl_c_exits_soon_while_reconnecting_to_a_silent_server() {
    let scenario = || {
        let (mut terminal, peer, server) = start_in_terminal(&[], &[]);
        drop(peer);
        let mut silent = server.accept().unwrap();
        silent.read_head().unwrap();
        let begun = Instant::now();
        terminal.press("\x03");
        assert_eq!(terminal.wait().code(), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(8));
        assert!(terminal.is_restored());
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn second_signal_exits_even_if_the_terminal_blocks() {
    let scenario = || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.stop_output();
        peer.send_text("1 ben: hello").unwrap();
        terminal.signal(Signal::TERM);
        peer.expect(CLOSE).unwrap();
        // The test sends TERM and does not press Ctrl-C. In the line editor, Ctrl-C is a key and raises no signal.
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.wait().code(), Some(130));
        assert!(terminal.is_restored());
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn typed_line_of_several_rows_is_erased_at_exit() {
    within(LIMIT, || {
        // The cursor is at the end, in the middle, or at the beginning of the line.
        for keys in ["", "\x1b[D\x1b[D", "\x01"] {
            let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
            terminal.press(&"y".repeat(100));
            terminal.press(keys);
            terminal.wait_until("three rows", |screen| {
                screen
                    .contents()
                    .ends_with(&format!("{}\n{}", "y".repeat(40), "y".repeat(22)))
            });
            peer.send_text("1 ben: bye").unwrap();
            peer.send_close(4001, "").unwrap();
            peer.answer_close().unwrap();
            assert_eq!(terminal.wait().code(), Some(1));
            terminal.wait_until("the reason", |screen| {
                screen.contents().contains("Close 4001")
            });
            terminal.with_screen(|screen| {
                let shown = lines(screen);
                assert!(!shown.iter().any(|line| line.contains("yy")), "{shown:#?}");
                assert_eq!(shown[2], "1 ben: bye");
            });
            assert!(terminal.is_restored());
        }
    });
}

#[test]
fn cleared_screen_fills_again_without_empty_rows() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        peer.send_text("1 ben: hello").unwrap();
        wait_for_rows(&terminal, &["1 ben: hello", ">"]);
        terminal.press("half\x0c");
        terminal.wait_until("a cleared screen", |screen| {
            screen.contents() == "* you are anna\n> half"
        });
        peer.send_text("2 ben: again").unwrap();
        terminal.wait_until("the line", |screen| {
            screen.contents() == "* you are anna\n2 ben: again\n> half"
        });
    });
}

#[test]
fn escape_and_control_keys_block_no_received_lines() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("first\r");
        echo_line(&mut peer, 1, "anna");
        wait_for_rows(&terminal, &["1 anna: first", ">"]);
        let mut number = 1;
        // Escape, and the control keys after which an editor might wait for more input.
        for key in ["\x1b", "\x11", "\x12", "\x13", "\x16", "\x18", "\x1d"] {
            number += 1;
            // The digit and the key arrive together. Once the digit is shown, the client has read the key too.
            terminal.press(&format!("\x15{number}{key}"));
            terminal.wait_until("the digit", |screen| {
                screen.contents().ends_with(&format!("> {number}"))
            });
            peer.send_text(&format!("{number} ben: hello")).unwrap();
            let last = format!("{number} ben: hello");
            terminal.wait_until(&format!("the line after {key:?}"), |screen| {
                lines(screen).contains(&last)
            });
        }
    });
}

#[test]
fn search_finds_an_earlier_line_by_its_beginning() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        for (number, text) in [(1, "one"), (2, "two")] {
            terminal.press(&format!("{text}\r"));
            assert_eq!(echo_line(&mut peer, number, "anna"), text);
        }
        terminal.press("o\x12\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"one");
    });
}

/// While the client is stopped, the terminal has its original settings. A shell might change them, but the test does
/// not imitate a shell.
#[test]
fn client_stopped_with_ctrl_z_resumes_where_it_was() {
    let scenario = || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("half");
        wait_for_rows(&terminal, &["> half"]);
        terminal.press("\x1a");
        let stat = format!("/proc/{}/stat", terminal.id());
        until(
            || std::fs::read_to_string(&stat).unwrap(),
            |stat| stat.contains(") T "),
        );
        assert!(terminal.is_restored());
        peer.send_text("1 ben: hello").unwrap();
        terminal.resize(12, 50);
        terminal.signal(Signal::CONT);
        wait_for_rows(&terminal, &["1 ben: hello", "> half"]);
        until(|| terminal.is_restored(), |is_restored| !is_restored);
        terminal.press(" a line\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"half a line");
    };
    within(LIMIT, || retry_on_delay(scenario));
}
