//! The client in a terminal: what the user sees.

use blocking_chat::client::terminal::tty;

use super::support::terminal::{Terminal, lines};
use super::*;

/// Starts a client in a terminal of 12 rows and 40 columns and lets it enter the room. Returns the terminal, the
/// server's side of the connection, and the server.
pub fn start_in_terminal(args: &[&str], env: &[(&str, &str)]) -> (Terminal, Peer, ScriptedServer) {
    let server = ScriptedServer::start().unwrap();
    let url = server.url().unwrap();
    let args = [&[url.as_str(), "--name", "anna"], args].concat();
    let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
    let terminal = Terminal::start(path, &args, env, (12, 40)).unwrap();
    let peer = welcome(&server);
    terminal.wait_until("a prompt", |screen| {
        lines(screen).ends_with(&[WELCOME.to_owned(), ">".to_owned()])
    });
    (terminal, peer, server)
}

/// Waits until the rows below the welcome are equal to `rows`.
pub fn wait_for_rows(terminal: &Terminal, rows: &[&str]) {
    terminal.wait_until(&format!("{rows:#?}"), |screen| {
        let lines = lines(screen);
        let welcome = lines.iter().rposition(|line| line == WELCOME);
        lines[welcome.map_or(0, |welcome| welcome + 1)..] == *rows
    });
}

#[test]
fn receipt_replaces_the_typed_line_and_leaves_no_empty_row() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("hello\r");
        echo_line(&mut peer, 1, "anna");
        wait_for_rows(&terminal, &["1 anna: hello", ">"]);
        // The first line fills its row, the second is longer than a row, and in the third the cursor is not at the end.
        for (number, length, keys) in [(2, 38, ""), (3, 60, ""), (4, 100, "\x1b[D\x1b[D")] {
            terminal.press(&"x".repeat(length));
            terminal.press(keys);
            terminal.press("\r");
            echo_line(&mut peer, number, "b");
        }
        terminal.wait_until("the last receipt", |screen| {
            let shown = screen.contents();
            shown.contains("4 b: xx") && shown.ends_with("xx\n> ") && !shown.contains("\n\n")
        });
    });
}

#[test]
fn half_typed_line_stays_below_received_lines() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("half");
        wait_for_rows(&terminal, &["> half"]);
        for number in 1..=3 {
            peer.send_text(&format!("{number} ben: line {number}"))
                .unwrap();
        }
        wait_for_rows(
            &terminal,
            &["1 ben: line 1", "2 ben: line 2", "3 ben: line 3", "> half"],
        );
        terminal.press(" a line\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"half a line");
    });
}

#[test]
fn received_lines_keep_their_order_while_the_user_types() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&["--color", "never"], &[]);
        let last = 400;
        let talker = thread::spawn(move || {
            for number in 1..=last {
                if number % 8 == 0 {
                    echo_line(&mut peer, number, "anna");
                } else {
                    peer.send_text(&format!("{number} ben: hello")).unwrap();
                }
            }
            peer
        });
        for _ in 0..last / 8 {
            terminal.press("abc\r");
        }
        let end = format!("{last} anna: abc");
        terminal.wait_until("all lines", |screen| {
            lines(screen).ends_with(&[end.clone(), ">".to_owned()])
        });
        talker.join().unwrap();
        let numbers: Vec<u64> = terminal
            .history()
            .iter()
            .filter_map(|line| blocking_chat::base::line::number(line))
            .collect();
        assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    });
}

/// The socket thread may be drawing a received line while the editor ends.
#[test]
fn client_leaves_cleanly_while_others_talk() {
    within(LIMIT, || {
        for _ in 0..10 {
            let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
            let talker = thread::spawn(move || {
                for number in 1..=300 {
                    peer.send_text(&format!("{number} ben: hello")).unwrap();
                }
                peer.answer_ping().unwrap();
                peer.answer_close().unwrap()
            });
            for _ in 0..20 {
                terminal.press("abc\x1b[D\x1b[C\x15");
            }
            terminal.press("\x04");
            assert_eq!(terminal.wait().code(), Some(0));
            assert_eq!(talker.join().unwrap(), Some(1000));
        }
    });
}

#[test]
fn ctrl_c_clears_the_line_or_leaves_if_it_is_empty() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("half");
        wait_for_rows(&terminal, &["> half"]);
        terminal.press("\x03");
        wait_for_rows(&terminal, &[">"]);
        terminal.press("\x03");
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(terminal.wait().code(), Some(0));
        wait_for_rows(&terminal, &[]);
        assert!(terminal.is_restored());
    });
}

#[test]
fn ctrl_d_and_quit_leave_after_all_receipts() {
    within(LIMIT, || {
        for keys in ["\x04", "/quit\r"] {
            let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
            terminal.press("hello\r");
            terminal.press(keys);
            echo_line(&mut peer, 1, "anna");
            peer.answer_ping().unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
            assert_eq!(terminal.wait().code(), Some(0));
            wait_for_rows(&terminal, &["1 anna: hello"]);
            assert!(terminal.is_restored());
        }
    });
}

#[test]
fn terminal_is_restored_after_a_signal_or_a_close() {
    within(LIMIT, || {
        for signal in [Signal::TERM, Signal::HUP] {
            let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
            terminal.press("half");
            wait_for_rows(&terminal, &["> half"]);
            assert!(!terminal.is_restored());
            terminal.signal(signal);
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
            assert_eq!(terminal.wait().code(), Some(0));
            assert!(terminal.is_restored(), "{signal:?}");
        }
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("half");
        wait_for_rows(&terminal, &["> half"]);
        peer.send_close(4001, "").unwrap();
        peer.answer_close().unwrap();
        assert_eq!(terminal.wait().code(), Some(1));
        assert!(terminal.is_restored(), "a Close");
        terminal.wait_until("the reason", |screen| {
            screen.contents().contains("Close 4001")
        });
    });
}

#[test]
fn panic_in_another_thread_restores_the_terminal() {
    within(LIMIT, || {
        // The terminal runs this test program itself, with only the test `program_that_panics`.
        let path = std::env::current_exe().unwrap();
        let args = [
            "--exact",
            "client::terminal::program_that_panics",
            "--ignored",
            "--nocapture",
        ];
        let mut terminal = Terminal::start(&path, &args, &[], (12, 40)).unwrap();
        terminal.wait_until("ready", |screen| screen.contents().contains("ready"));
        assert!(!terminal.is_restored());
        terminal.press("x");
        assert_eq!(terminal.wait().code(), Some(1));
        assert!(terminal.is_restored());
    });
}

#[test]
#[ignore = "another test runs this as a program"]
fn program_that_panics() {
    tty::prepare();
    tty::restore_on_panic();
    println!("ready");
    let stdin = thread::spawn(|| {
        io::stdin().read_exact(&mut [0]).unwrap();
        panic!("a bug");
    });
    stdin.join().unwrap();
}

#[test]
fn colors_are_stable_and_can_be_turned_off() {
    within(LIMIT, || {
        let styles_of = |args: &[&str], env: &[(&str, &str)]| {
            let (terminal, mut peer, _server) = start_in_terminal(args, env);
            peer.send_text("1 ben: hi anna").unwrap();
            peer.send_text("2 * eve joined").unwrap();
            terminal.wait_until("both", |screen| screen.contents().contains("2 * eve"));
            terminal.with_screen(|screen| {
                let row = (0..12).find(|&row| screen.contents_between(row, 0, row, 5) == "1 ben");
                let row = row.unwrap();
                let cell = |row, column| screen.cell(row, column).unwrap().clone();
                let (name, own, notice) = (cell(row, 2), cell(row, 10), cell(row + 1, 4));
                (name.fgcolor(), own.inverse(), notice.dim())
            })
        };
        let (color, own, dim) = styles_of(&[], &[]);
        assert_ne!(color, vt100::Color::Default);
        assert!(own && dim);
        assert_eq!(styles_of(&["--color", "auto"], &[]).0, color);
        let plain = (vt100::Color::Default, false, false);
        assert_eq!(styles_of(&["--color", "never"], &[]), plain);
        assert_eq!(styles_of(&[], &[("NO_COLOR", "1")]), plain);
        assert_eq!(
            styles_of(&["--color", "always"], &[("NO_COLOR", "1")]).0,
            color
        );
    });
}

#[test]
fn wide_characters_accents_and_resizing_work() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("日本語 e\u{301}\u{301} 🙂\x1b[D\x1b[D\x7f!");
        wait_for_rows(&terminal, &["> 日本語 ! 🙂"]);
        terminal.press("\r");
        assert_eq!(peer.expect(TEXT).unwrap(), "日本語 ! 🙂".as_bytes());
        peer.send_text("1 anna: 日本語").unwrap();
        wait_for_rows(&terminal, &["1 anna: 日本語", ">"]);
        terminal.press(&"y".repeat(50));
        terminal.wait_until("two rows", |screen| {
            screen.contents().ends_with("\nyyyyyyyyyyyy")
        });
        terminal.resize(12, 60);
        terminal.wait_until("one row", |screen| {
            lines(screen).ends_with(&[format!("> {}", "y".repeat(50))])
        });
        terminal.press("\r");
        assert_eq!(peer.expect(TEXT).unwrap().len(), 50);
    });
}

#[test]
fn arrow_up_recalls_a_line_and_a_paste_sends_all_lines() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("first\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"first");
        terminal.press("\x1b[A again\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"first again");
        terminal.press("\x1b[200~one\rtwo\x1b[201~\rthree\rfour\r");
        for text in ["one", "two", "three", "four"] {
            assert_eq!(peer.expect(TEXT).unwrap(), text.as_bytes());
        }
    });
}

#[test]
fn help_includes_the_clients_own_commands() {
    within(LIMIT, || {
        let (mut terminal, mut peer, _server) = start_in_terminal(&[], &[]);
        terminal.press("/help\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"/help");
        peer.send_text("* /who lists who is here").unwrap();
        terminal.wait_until("both", |screen| {
            let shown = screen.contents();
            shown.contains("> /help")
                && shown.contains("/quit or Ctrl-D leaves")
                && shown.contains("* /who lists")
        });
    });
}

#[test]
fn line_typed_offline_is_shown_and_sent_later() {
    within(LIMIT, || {
        let (mut terminal, peer, server) = start_in_terminal(&[], &[]);
        drop(peer);
        terminal.wait_until("reconnecting", |screen| {
            screen.contents().contains("connecting")
        });
        terminal.press("hello\r");
        terminal.wait_until("the line", |screen| {
            screen.contents().contains("pending: hello\n>")
        });
        let mut peer = welcome(&server);
        echo_line(&mut peer, 1, "anna");
        terminal.wait_until("the receipt", |screen| {
            screen.contents().ends_with("1 anna: hello\n> ")
        });
    });
}

#[test]
fn typed_lines_stay_visible_if_the_server_sends_no_numbers() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let mut terminal = Terminal::start(path, &[&server.url().unwrap()], &[], (12, 40)).unwrap();
        let mut peer = server.open().unwrap();
        peer.send_text("welcome").unwrap();
        peer.answer_ping().unwrap();
        terminal.wait_until("a prompt", |screen| {
            screen.contents().ends_with("welcome\n> ")
        });
        terminal.press("hello\r");
        assert_eq!(peer.expect(TEXT).unwrap(), b"hello");
        peer.send_text("hello").unwrap();
        terminal.wait_until("both", |screen| {
            screen.contents().ends_with("> hello\nhello\n> ")
        });
    });
}

#[test]
fn line_is_pending_until_the_server_answers_a_ping() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let mut terminal = Terminal::start(path, &[&server.url().unwrap()], &[], (12, 40)).unwrap();
        let mut peer = server.open().unwrap();
        terminal.wait_until("a prompt", |screen| screen.contents().ends_with("\n> "));
        terminal.press("hello\r");
        terminal.wait_until("a pending line", |screen| {
            screen.contents().ends_with("> hello\npending: hello\n> ")
        });
        peer.answer_ping().unwrap();
        assert_eq!(peer.expect(TEXT).unwrap(), b"hello");
        terminal.wait_until("no pending line", |screen| {
            screen.contents().ends_with("> hello\n> ")
        });
    });
}
