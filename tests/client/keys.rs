//! Keys, signals and window sizes in a terminal.

use std::os::unix::process::ExitStatusExt;

use rustix::termios::LocalModes;

use super::support::terminal::{Terminal, lines};
use super::support::wait::retry_on_delay;
use super::terminal::{start_in_terminal, wait_for_rows};
use super::*;

#[test]
fn alt_keys_type_nothing_and_block_no_received_lines() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&["--color", "never"], &[]);
        let keys = ["\x1b1\x1b2\x1b6", "\x1b-", "\x1b\x1d", "\x1b[1;3Z", "\x1b~"];
        for (number, key) in (1..).zip(keys) {
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
fn invalid_byte_does_not_discard_the_rest_of_the_line() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press_bytes(b"caf\xE9 au lait\r");
        assert_eq!(peer.expect(TEXT).unwrap(), "caf\u{FFFD} au lait".as_bytes());
    });
}

#[test]
fn tab_completes_names_and_commands_or_types_a_tab() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&["--color", "never"], &[]);
        peer.send_text("1 * ben joined").unwrap();
        wait_for_rows(&terminal, &["1 * ben joined", ">"]);
        terminal.press("be\thi\tthere\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"ben: hi\tthere");
        terminal.press("/ni\tbea\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"/nick bea");
    });
}

#[test]
fn joined_emoji_do_not_move_the_prompt() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";
        terminal.press(&format!("{family}x"));
        terminal.press("\x1b[D\x1b[D\x1b[C\x7f!");
        terminal.wait_until("a prompt", |screen| {
            lines(screen)
                .last()
                .is_some_and(|line| line.starts_with("> !x"))
        });
        terminal.press("\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"!x");
    });
}

/// Types a line of three rows below ten received lines, and resizes the window. Checks that the typed line is redrawn,
/// and that each received line is shown exactly once.
fn check_resize(columns: u16) {
    let (mut terminal, mut peer, _server) = start_in_terminal(&["--color", "never"], &[]);
    let received: Vec<String> = (1..=10).map(|number| format!("{number} ben: hi")).collect();
    for line in &received {
        peer.send_text(line).unwrap();
    }
    terminal.wait_until("all lines", |screen| {
        screen.contents().contains("10 ben: hi")
    });
    terminal.press(&"y".repeat(100));
    terminal.wait_until("three rows", |screen| {
        screen
            .contents()
            .ends_with(&format!("\n{}", "y".repeat(22)))
    });
    terminal.resize(12, columns);
    terminal.press("!");
    let rows = 103_usize.div_ceil(usize::from(columns));
    terminal.wait_until("the redrawn line", |screen| {
        let typed = lines(screen);
        let typed = typed.iter().filter(|line| line.contains("yy")).count();
        typed == rows.min(6) && screen.contents().ends_with('!')
    });
    let history = terminal.history();
    for line in &received {
        let count = history.iter().filter(|one| one.trim_end() == line).count();
        assert_eq!(count, 1, "{line}: {history:#?}");
    }
}

#[test]
fn wider_window_keeps_the_received_lines() {
    within(LIMIT, || [60, 120].into_iter().for_each(check_resize));
}

#[test]
fn narrower_window_leaves_no_stray_rows() {
    within(LIMIT, || [30, 21].into_iter().for_each(check_resize));
}

/// The test omits KILL, the signals that make the client leave (INT, TERM, HUP), and some faults (ILL, FPE, SEGV).
#[test]
fn terminal_is_restored_after_every_fatal_signal() {
    let mut signals = vec![
        Signal::QUIT,
        Signal::TRAP,
        Signal::ABORT,
        Signal::BUS,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::XCPU,
        Signal::XFSZ,
        Signal::VTALARM,
        Signal::PROF,
        Signal::SYS,
    ];
    #[cfg(target_os = "linux")]
    signals.extend([Signal::STKFLT, Signal::IO, Signal::POWER]);
    let mut numbers: Vec<i32> = signals.into_iter().map(Signal::as_raw).collect();
    // The real-time signals, except those that a C library reserves for itself.
    numbers.extend((35..=64).filter(|_| cfg!(target_os = "linux")));
    within(LIMIT, || {
        for number in numbers {
            let (mut terminal, _peer, _server) = start_in_terminal(&[], &[]);
            assert!(!terminal.is_restored());
            assert!(terminal.with_screen(|screen| screen.bracketed_paste()));
            terminal.signal_number(number);
            let status = terminal.wait();
            let code = status.code().map(|code| code - 128);
            assert_eq!(status.signal().or(code), Some(number), "{status}");
            assert!(terminal.is_restored(), "{number}");
            terminal.wait_until("out of bracketed paste mode", |screen| {
                !screen.bracketed_paste()
            });
        }
    });
}

#[test]
fn signal_ignored_at_start_stays_ignored() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let client = env!("CARGO_BIN_EXE_chat-client");
        let command = format!("trap '' USR1; exec {client} {}", server.url().unwrap());
        let sh = Path::new("/bin/sh");
        let mut terminal = Terminal::start(sh, &["-c", &command], &[], (12, 40)).unwrap();
        let mut peer = welcome(&server);
        terminal.wait_until("a prompt", |screen| screen.contents().ends_with("\n> "));
        terminal.signal(Signal::USR1);
        terminal.press("hello\r");
        assert_eq!(echo_line(&mut peer, 1, "anna"), "hello");
        terminal.press("\x04");
        peer.answer_ping().unwrap();
        peer.answer_close().unwrap();
        assert_eq!(terminal.wait().code(), Some(0));
    });
}

#[test]
fn line_without_a_receipt_is_shown_as_pending() {
    within(LIMIT, || {
        let (mut terminal, mut peer, server) = start_in_terminal(&["--color", "never"], &[]);
        terminal.press("hello\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"hello");
        wait_for_rows(&terminal, &["pending: hello", ">"]);
        drop(peer);
        // The new connection leads to another room, which has not received the line. So the client sends it again.
        let mut peer = server.open().unwrap();
        peer.send_text("* you are anna in room 00000001").unwrap();
        peer.answer_ping().unwrap();
        assert_eq!(echo_line(&mut peer, 1, "anna"), "hello");
        terminal.wait_until("the receipt", |screen| {
            screen.contents().ends_with("1 anna: hello\n> ")
        });
    });
}

#[test]
fn control_characters_never_reach_a_terminal() {
    within(LIMIT, || {
        let (terminal, mut peer, _server) = start_in_terminal(&["--color", "never"], &[]);
        peer.send_text("1 ben: \x1b[2J\u{9b}2Jhi").unwrap();
        // The client has replaced the control characters with U+FFFD, which the test's terminal does not show.
        wait_for_rows(&terminal, &["1 ben: [2J2Jhi", ">"]);
    });
}

#[test]
fn quit_command_leaves_in_a_dumb_terminal() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let url = server.url().unwrap();
        let dumb = [("TERM", "dumb")];
        let mut terminal = Terminal::start(path, &[&url], &dumb, (12, 40)).unwrap();
        let mut peer = welcome(&server);
        terminal.press("/quit\n");
        peer.answer_ping().unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(terminal.wait().code(), Some(0));
    });
}

/// While the line editor runs, Ctrl-C is a key. Once the editor has ended, Ctrl-C raises a signal, but only in a
/// controlling terminal. The test's terminal is not one, so the test sends the signal.
#[test]
fn second_ctrl_c_does_not_wait_for_the_server() {
    let scenario = || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("\x03");
        peer.expect(CLOSE).unwrap();
        let modes = |terminal: &Terminal| terminal.settings().local_modes;
        assert!(modes(&terminal).contains(LocalModes::ISIG));
        terminal.signal(Signal::INT);
        assert_eq!(terminal.wait().code(), Some(130));
        assert!(terminal.is_restored());

        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("\x04");
        // The client waits for the Pong. The first Ctrl-C ends that wait.
        peer.expect(PING).unwrap();
        assert!(modes(&terminal).contains(LocalModes::ISIG));
        terminal.signal(Signal::INT);
        peer.expect(CLOSE).unwrap();
        terminal.signal(Signal::INT);
        assert_eq!(terminal.wait().code(), Some(130));
    };
    within(LIMIT, || retry_on_delay(scenario));
}
