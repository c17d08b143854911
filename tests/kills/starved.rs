//! Few descriptors and outputs that are full: each ends in work done or in one sentence.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::watchdog::within;

const CLIENT: &str = env!("CARGO_BIN_EXE_chat-client");
const SERVER: &str = env!("CARGO_BIN_EXE_chat-server");

fn full() -> Stdio {
    Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap())
}

/// A program under a limit of the shell, `-n 8` for example.
fn limited(limit: &str, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    command.args(["-c", &script, program]).args(args);
    command.stderr(Stdio::piped());
    command
}

#[test]
fn client_with_few_descriptors_works_or_says_why_not() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let url = format!("ws://{}/", chat.address);
        let mut worked = 0;
        for most in 3..16 {
            let mut command = limited(&format!("-n {most}"), CLIENT, &[&url, "--name", "few"]);
            let mut client = Program::spawn(&mut command).unwrap();
            drop(client.take_stdin());
            let status = client.wait(TIMEOUT).unwrap();
            let told = client.rest_of_stderr(TIMEOUT).unwrap();
            let is_told =
                status.code() == Some(1) && told.len() == 1 && told[0].starts_with("chat-client: ");
            // The loader itself needs one to read a library with.
            let is_loader = status.code() == Some(127);
            assert!(
                status.success() || is_told || is_loader,
                "{most} descriptors: {status}, {told:#?}"
            );
            worked += usize::from(status.success());
        }
        assert!(worked > 3, "it works with {worked} limits of 13");
    });
}

#[test]
fn server_with_few_descriptors_works_or_says_why_not() {
    within(LIMIT, || {
        let mut worked = 0;
        for most in 3..24 {
            let mut command = limited(&format!("-n {most}"), SERVER, &["--listen", "127.0.0.1:0"]);
            let mut server = Program::spawn(&mut command).unwrap();
            if let Ok(line) = server.stdout_line(TIMEOUT) {
                assert!(line.starts_with("listening on ws://"), "{line}");
                server.signal(Signal::TERM).unwrap();
                let status = server.wait(TIMEOUT).unwrap();
                assert!(status.success(), "{most} descriptors: {status}");
                worked += 1;
                continue;
            }
            let status = server.wait(TIMEOUT).unwrap();
            let told = server.rest_of_stderr(TIMEOUT).unwrap();
            let is_told = matches!(status.code(), Some(1 | 127)) && !told.is_empty();
            let panics = told.iter().any(|line| line.contains("panicked"));
            assert!(
                is_told && !panics,
                "{most} descriptors: {status}, {told:#?}"
            );
        }
        assert!(worked > 3, "it works with {worked} limits of 21");
    });
}

#[test]
fn client_whose_output_is_full_says_so() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let url = format!("ws://{}/", chat.address);
        let mut command = Command::new(CLIENT);
        command.args([&url, "--name", "anna"]);
        let ended = command
            .stdin(Stdio::piped())
            .stdout(full())
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(1));
        let told = String::from_utf8(ended.stderr).unwrap();
        assert!(
            told.starts_with("chat-client: ") && told.lines().count() == 1,
            "{told}"
        );
    });
}

#[test]
fn client_that_can_complain_nowhere_still_ends_with_1() {
    within(LIMIT, || {
        let mut command = Command::new(CLIENT);
        command
            .args(["ws://127.0.0.1:1/"])
            .stdout(full())
            .stderr(full());
        let status = command.stdin(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(1));
    });
}
