//! The client in a terminal: keys that end something, and what comes meanwhile.

use super::support::terminal::lines;
use super::support::wait::{despite_delays, until};
use super::terminal::{in_a_terminal, shows};
use super::*;

/// Each thread that draws waits for the terminal then.
#[test]
fn a_terminal_that_takes_nothing_does_not_prevent_the_end() {
    within(LIMIT, || {
        for lines in [10, 2000] {
            let (mut terminal, mut peer, _server) = in_a_terminal(&[], &[]);
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

/// It may be connecting again to a server that does not answer. That has ten seconds.
#[test]
fn ctrl_c_leaves_soon_even_while_a_server_keeps_silent() {
    let scene = || {
        let (mut terminal, peer, server) = in_a_terminal(&[], &[]);
        drop(peer);
        let mut silent = server.accept().unwrap();
        silent.read_head().unwrap();
        let begun = Instant::now();
        terminal.press("\x03");
        assert_eq!(terminal.wait().code(), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(8));
        assert!(terminal.is_restored());
    };
    within(LIMIT, || despite_delays(scene));
}

#[test]
fn a_second_signal_ends_it_at_once_in_any_terminal() {
    let scene = || {
        let (mut terminal, mut peer, _server) = in_a_terminal(&[], &[]);
        terminal.stop_output();
        peer.send_text("1 ben: hello").unwrap();
        terminal.signal(Signal::TERM);
        peer.expect(CLOSE).unwrap();
        // Not Ctrl-C, which is a key while a line is edited.
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.wait().code(), Some(130));
        assert!(terminal.is_restored());
    };
    within(LIMIT, || despite_delays(scene));
}

#[test]
fn a_typed_line_of_several_rows_leaves_nothing_behind() {
    within(LIMIT, || {
        // The cursor is at its end, in its midst, at its beginning.
        for keys in ["", "\x1b[D\x1b[D", "\x01"] {
            let (mut terminal, mut peer, _server) = in_a_terminal(&[], &[]);
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
            terminal.wait_until("why", |screen| screen.contents().contains("Close 4001"));
            terminal.look(|screen| {
                let shown = lines(screen);
                assert!(!shown.iter().any(|line| line.contains("yy")), "{shown:#?}");
                assert_eq!(shown[2], "1 ben: bye");
            });
            assert!(terminal.is_restored());
        }
    });
}

#[test]
fn the_screen_can_be_cleared_and_what_comes_then_leaves_no_gap() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = in_a_terminal(&[], &[]);
        peer.send_text("1 ben: hello").unwrap();
        shows(&terminal, &["1 ben: hello", ">"]);
        terminal.press("half\x0c");
        terminal.wait_until("an empty screen", |screen| {
            screen.contents() == "* you are anna\n> half"
        });
        peer.send_text("2 ben: again").unwrap();
        terminal.wait_until("the line", |screen| {
            screen.contents() == "* you are anna\n2 ben: again\n> half"
        });
    });
}

#[test]
fn no_key_keeps_what_comes_from_being_shown() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = in_a_terminal(&[], &[]);
        terminal.press("first\r");
        say_back(&mut peer, 1, "anna");
        shows(&terminal, &["1 anna: first", ">"]);
        let mut number = 1;
        // Escape, and the keys that would wait for another one or for a word.
        for key in ["\x1b", "\x11", "\x12", "\x13", "\x16", "\x18", "\x1d"] {
            number += 1;
            // Once the letter is shown, the key has been read too.
            terminal.press(&format!("\x15{number}{key}"));
            terminal.wait_until("the letter", |screen| {
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
fn a_line_is_found_again_by_its_beginning() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = in_a_terminal(&[], &[]);
        for (number, text) in [(1, "one"), (2, "two")] {
            terminal.press(&format!("{text}\r"));
            assert_eq!(say_back(&mut peer, number, "anna"), text);
        }
        terminal.press("o\x12\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"one");
    });
}

/// What a shell does meanwhile with the terminal is not done here: it finds the settings as they were, and could put its
/// own in their place.
#[test]
fn a_client_that_is_stopped_with_a_key_goes_on_where_it_was() {
    let scene = || {
        let (mut terminal, mut peer, _server) = in_a_terminal(&[], &[]);
        terminal.press("half");
        shows(&terminal, &["> half"]);
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
        shows(&terminal, &["1 ben: hello", "> half"]);
        until(|| terminal.is_restored(), |is_restored| !is_restored);
        terminal.press(" a line\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"half a line");
    };
    within(LIMIT, || despite_delays(scene));
}
