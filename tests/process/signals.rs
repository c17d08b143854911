//! Signals: the first one stops the server gracefully, the second one immediately.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::CLOSE;
use crate::support::watchdog::within;

const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

#[test]
fn every_signal_sends_1001_after_earlier_lines() {
    within(LIMIT, || {
        for signal in SIGNALS {
            let mut chat = Chat::ours(&[]);
            let mut members = ["anna", "ben", "cleo"].map(|name| chat.member(name));
            (4..=203).for_each(|number| members[0].say(&number.to_string()));
            let received = members[0].receive_pong();
            assert_eq!(received.last().unwrap(), "203 anna: 203");
            chat.program.signal(signal).unwrap();
            assert_eq!(members[0].receive_close(), (vec![], 1001));
            for member in &mut members[1..] {
                let (received, code) = member.receive_close();
                assert_eq!(code, 1001);
                assert_eq!(received.last().unwrap(), "203 anna: 203");
                assert!(received.len() >= 200);
            }
            // The server waits until the members have closed their connections.
            drop(members);
            assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
        }
    });
}

#[test]
fn client_that_keeps_talking_gets_nothing_after_1001() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
        let mut anna = chat.raw_client("/?name=anna");
        anna.read_text().unwrap();
        chat.program.signal(Signal::INT).unwrap();
        let mut numbers = Vec::new();
        let code = loop {
            // The send may fail if the server has already closed the socket.
            let _ = anna.send_text("more");
            let frame = anna.read_frame(TIMEOUT).unwrap();
            if let Some(code) = frame.close_code() {
                break code;
            }
            numbers.push(blocking_chat::base::line::number(&frame.text()).unwrap());
        };
        assert_eq!(code, 1001);
        assert!(
            numbers.iter().copied().eq(1..=numbers.len() as u64),
            "{numbers:?}"
        );
        anna.end_sending().unwrap();
        assert_eq!(anna.read_to_end(TIMEOUT).unwrap(), b"");
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn echo_connection_gets_1001_too() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
        let mut echo = chat.connect("/echo");
        echo.say("hello");
        chat.program.signal(Signal::TERM).unwrap();
        let (received, code) = echo.receive_close();
        assert_eq!(code, 1001);
        assert!(received.iter().all(|text| text == "hello"));
        drop(echo);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn server_waits_for_a_close_reply_until_the_close_timeout() {
    within(LIMIT, || {
        let options = ["--close-timeout", "0.5", "--handshake-timeout", "1000"];
        let mut chat = Chat::ours(&options);
        let mut rude = chat.raw_client("/?name=rude");
        let silent = RawClient::connect(chat.address).unwrap();
        let begun = Instant::now();
        chat.program.signal(Signal::INT).unwrap();
        while rude.read_frame(TIMEOUT).unwrap().opcode != CLOSE {}
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
        let took = begun.elapsed();
        assert!(
            took >= Duration::from_millis(500),
            "the stop ended after {took:?}, before the close timeout"
        );
        drop((rude, silent));
    });
}

#[test]
fn server_without_connections_does_not_wait() {
    within(LIMIT, || {
        for signal in SIGNALS {
            let mut chat = Chat::ours(&["--close-timeout", "1000"]);
            chat.program.signal(signal).unwrap();
            assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
        }
    });
}

#[test]
fn second_signal_ends_the_server_without_waiting() {
    within(LIMIT, || {
        for (first, second) in [
            (Signal::INT, Signal::INT),
            (Signal::TERM, Signal::INT),
            (Signal::INT, Signal::HUP),
        ] {
            let mut chat = Chat::ours(&["--close-timeout", "1000"]);
            let mut rude = chat.raw_client("/?name=rude");
            chat.program.signal(first).unwrap();
            while rude.read_frame(TIMEOUT).unwrap().opcode != CLOSE {}
            chat.program.signal(second).unwrap();
            assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(130));
        }
    });
}

/// Starts a program from a shell that ignores these signals. In practice, `nohup` makes a program ignore SIGHUP, and a
/// non-interactive shell makes a program started with `&` ignore SIGINT.
fn ignoring(signals: &str, program: &str, args: &[&str]) -> Program {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("trap '' {signals} && exec \"$0\" \"$@\"")])
        .arg(program)
        .args(args);
    Program::spawn(shell.stderr(Stdio::piped())).unwrap()
}

#[test]
fn server_keeps_ignoring_signals_ignored_at_start() {
    within(LIMIT, || {
        let server = env!("CARGO_BIN_EXE_chat-server");
        let mut program = ignoring("HUP INT", server, &["--listen", "127.0.0.1:0"]);
        let address = program.address().unwrap();
        let mut anna = Endpoint { address }.member("anna");
        for number in 2..5 {
            program.signal(Signal::HUP).unwrap();
            program.signal(Signal::INT).unwrap();
            assert_eq!(anna.say_and_receive("on"), format!("{number} anna: on"));
        }
        program.signal(Signal::TERM).unwrap();
        assert_eq!(anna.receive_close(), (vec![], 1001));
        drop(anna);
        assert_eq!(program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn client_keeps_ignoring_signals_ignored_at_start() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let url = format!("ws://{}/", chat.address);
        let client = env!("CARGO_BIN_EXE_chat-client");
        let mut program = ignoring("HUP INT", client, &[&url, "--name", "anna"]);
        let mut stdin = program.take_stdin().unwrap();
        program.stdout_line(TIMEOUT).unwrap();
        program.stdout_line(TIMEOUT).unwrap();
        for number in 2..5 {
            program.signal(Signal::HUP).unwrap();
            program.signal(Signal::INT).unwrap();
            stdin.write_all(b"on\n").unwrap();
            let line = program.stdout_line(TIMEOUT).unwrap();
            assert_eq!(line, format!("{number} anna: on"));
        }
        program.signal(Signal::TERM).unwrap();
        assert_eq!(program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}
