//! Few descriptors, little memory, few threads, or an output that is full or closed. Each program does its work, or
//! explains why it cannot.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::chat::{Chat, LIMIT};
use crate::support::limits::as_limited_user;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::resources;
use crate::support::steps;
use crate::support::wait::until;
use crate::support::watchdog::within;

const CLIENT: &str = env!("CARGO_BIN_EXE_chat-client");
const SERVER: &str = env!("CARGO_BIN_EXE_chat-server");

fn full() -> Stdio {
    Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap())
}

/// Returns a command that sets a limit with `ulimit` and then runs a program. `limit` holds the arguments of `ulimit`,
/// such as `-n 8`.
fn limited(limit: &str, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    command.args(["-c", &script, program]).args(args);
    command.stderr(Stdio::piped());
    command
}

/// Returns whether `stderr` says that the standard library has aborted the program. The library does so if there is no
/// memory for the signal stack of a new thread. No program can prevent this abort.
fn is_abort_of_std(stderr: &[String]) -> bool {
    stderr
        .iter()
        .any(|line| line.contains("failed to allocate an alternative stack"))
}

/// Runs a server whose command sets `limit`. The server must serve until it is stopped, or report why it cannot serve.
/// Returns whether it served.
fn server_works_under(mut command: Command, limit: &str) -> bool {
    let mut server = Program::spawn(&mut command).unwrap();
    let works = server.stdout_line(TIMEOUT);
    if let Ok(line) = &works {
        assert!(line.starts_with("listening on ws://"), "{line}");
        let _ = server.signal(Signal::TERM);
    }
    let status = server.wait(TIMEOUT).unwrap();
    if works.is_ok() && status.success() {
        return true;
    }
    let stderr = server.rest_of_stderr(TIMEOUT).unwrap();
    if is_abort_of_std(&stderr) {
        return false;
    }
    let is_explained = matches!(status.code(), Some(1 | 127)) && !stderr.is_empty();
    let panics = stderr.iter().any(|line| line.contains("panicked"));
    assert!(is_explained && !panics, "{limit}: {status}, {stderr:#?}");
    false
}

#[test]
fn client_with_few_descriptors_works_or_explains() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let url = format!("ws://{}/", chat.address);
        let mut worked = 0;
        for limit in 3..16 {
            let mut command = limited(&format!("-n {limit}"), CLIENT, &[&url, "--name", "few"]);
            let mut client = Program::spawn(&mut command).unwrap();
            drop(client.take_stdin());
            let status = client.wait(TIMEOUT).unwrap();
            let stderr = client.rest_of_stderr(TIMEOUT).unwrap();
            let is_explained = status.code() == Some(1)
                && stderr.len() == 1
                && stderr[0].starts_with("chat-client: ");
            // The dynamic loader also needs a descriptor, to read a library. Without a free descriptor, it exits with
            // 127.
            let is_loader = status.code() == Some(127);
            assert!(
                status.success() || is_explained || is_loader,
                "{limit} descriptors: {status}, {stderr:#?}"
            );
            worked += usize::from(status.success());
        }
        assert!(worked > 3, "works with only {worked} limits of 13");
    });
}

/// Runs a client whose command sets `limit`. The client must send a line, or print one line on stderr that explains why
/// it cannot send. Returns whether it sent the line.
fn client_works_under(mut command: Command, limit: &str) -> bool {
    let mut client = Program::spawn(&mut command).unwrap();
    let said = writeln!(client.take_stdin().unwrap(), "hello");
    let status = client.wait(TIMEOUT).unwrap();
    let stderr = client.rest_of_stderr(TIMEOUT).unwrap();
    let received = client.rest_of_stdout(TIMEOUT).unwrap();
    if status.success() {
        assert!(said.is_ok() && received.iter().any(|line| line.ends_with(": hello")));
        return true;
    }
    let is_explained = stderr.len() == 1 && stderr[0].starts_with("chat-client: ");
    assert!(
        is_explained && status.code() == Some(1) || is_abort_of_std(&stderr),
        "{limit}: {status}, {stderr:#?}"
    );
    false
}

/// Returns whether a program can start under this limit. With too little memory, the dynamic loader ends the program.
fn can_start(limit: &str, program: &str) -> bool {
    let mut version = limited(limit, program, &["--version"]);
    version.output().unwrap().status.success()
}

#[test]
fn client_with_little_memory_works_or_explains() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let url = format!("ws://{}/", chat.address);
        let mut worked = 0;
        for kib in (10_000..40_000).step_by(2000) {
            let limit = format!("-v {kib}");
            if can_start(&limit, CLIENT) {
                let command = limited(&limit, CLIENT, &[&url, "--name", "small"]);
                worked += usize::from(client_works_under(command, &limit));
            }
        }
        assert!(worked > 3, "works with only {worked} limits of 15");
    });
}

#[test]
fn client_with_few_threads_works_or_explains() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let url = format!("ws://{}/", chat.address);
        let mut worked = 0;
        for limit in [1, 2, 3, 4, 1000] {
            let limit = format!("{{ ulimit -p {limit} || ulimit -u {limit}; }} 2>/dev/null");
            let mut command = Command::new("sh");
            let script = format!("{limit} && exec \"$0\" \"$@\"");
            command.args(["-c", &script, CLIENT, &url, "--name", "few"]);
            as_limited_user(command.stderr(Stdio::piped()));
            worked += usize::from(client_works_under(command, &limit));
        }
        // The threads of other programs of the same user count too, so the test cannot know which limit is enough.
        assert!(worked > 0);
    });
}

#[test]
fn server_with_little_memory_works_or_explains() {
    within(LIMIT, || {
        let mut worked = 0;
        for kib in (10_000..40_000).step_by(2000) {
            let limit = format!("-v {kib}");
            if can_start(&limit, SERVER) {
                let command = limited(&limit, SERVER, &["--listen", "127.0.0.1:0"]);
                worked += usize::from(server_works_under(command, &limit));
            }
        }
        assert!(worked > 3, "works with only {worked} limits of 15");
    });
}

#[test]
fn server_with_few_descriptors_works_or_explains() {
    within(LIMIT, || {
        let mut worked = 0;
        for limit in 3..24 {
            let limit = format!("-n {limit}");
            let command = limited(&limit, SERVER, &["--listen", "127.0.0.1:0"]);
            worked += usize::from(server_works_under(command, &limit));
        }
        assert!(worked > 3, "works with only {worked} limits of 21");
    });
}

/// Starts a program whose stdout is `/dev/full`, where every write fails.
fn with_full_stdout(program: &Path, args: &[&str]) -> Program {
    let mut command = Command::new("sh");
    let script = "exec \"$0\" \"$@\" >/dev/full";
    command.args(["-c", script]).arg(program).args(args);
    Program::spawn(command.stderr(Stdio::piped())).unwrap()
}

/// Asserts that a program with a full stdout fails and explains why in one line on stderr.
fn fails_with_full_stdout(program: &Path, args: &[&str]) {
    let mut ended = with_full_stdout(program, args);
    drop(ended.take_stdin());
    let status = ended.wait(TIMEOUT).unwrap();
    let stderr = ended.rest_of_stderr(TIMEOUT).unwrap();
    assert_eq!(status.code(), Some(1), "{program:?} {args:?}: {stderr:#?}");
    let reason = "No space left on device (os error 28)";
    let is_explained = stderr.len() == 1 && stderr[0].contains(reason);
    assert!(is_explained, "{program:?} {args:?}: {stderr:#?}");
}

#[test]
fn program_that_cannot_print_fails_and_says_why() {
    steps::within(LIMIT, || {
        let compare = option_env!("CARGO_BIN_EXE_chat-compare");
        for program in [SERVER, CLIENT].into_iter().chain(compare) {
            for args in [["--help"], ["--version"]] {
                fails_with_full_stdout(Path::new(program), &args);
            }
        }
        fails_with_full_stdout(Path::new(SERVER), &["--listen", "127.0.0.1:0"]);
        if let Some(compare) = compare {
            let args = ["--duration=1", "--rate=10"];
            fails_with_full_stdout(Path::new(compare), &args);
        }
        for step in steps::HTTP_STEPS.into_iter().chain(steps::WEBSOCKET_STEPS) {
            fails_with_full_stdout(&steps::path(step).unwrap(), &["127.0.0.1:0"]);
        }
        let listen = "--listen=127.0.0.1:0";
        for (example, args) in [
            ("demo", [].as_slice()),
            ("camera", &[listen]),
            ("camera", &["--help"]),
            ("network", &[listen]),
            ("network", &["--help"]),
        ] {
            fails_with_full_stdout(&steps::path(example).unwrap(), args);
        }
    });
}

/// A process. Dropping this value kills the process.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The reader of stdout may exit early, as `head -1` does.
#[test]
fn server_with_a_closed_stdout_still_serves() {
    within(LIMIT, || {
        let (writer, reader) = UnixStream::pair().unwrap();
        drop(reader);
        let mut command = Command::new(SERVER);
        command.args(["--listen", "127.0.0.1:0"]);
        command.stdout(OwnedFd::from(writer));
        let server = Killed(command.spawn().unwrap());
        // The server prints before it starts its `accept` thread. So this thread proves that the failed print has not
        // ended the server.
        let threads = || resources::threads(server.0.id(), "accept");
        until(threads, |&count| count == 1);
    });
}

#[test]
fn server_with_a_full_stderr_still_serves() {
    within(LIMIT, || {
        let chat = Chat::prepared(&[], |command| _ = command.stderr(full()));
        // The server may reply to the Close before it frees the name. So each client has a name of its own.
        for name in ["ben", "carl", "dora"] {
            chat.member(name).leave();
        }
        let mut anna = chat.member("anna");
        assert!(
            anna.say_and_receive("still here")
                .ends_with(" anna: still here")
        );
    });
}

#[test]
fn client_with_a_full_stderr_still_sends_its_lines() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut anna = chat.member("anna");
        let mut command = Command::new(CLIENT);
        let url = format!("ws://{}/", chat.address);
        command.args([&url, "--name", "ben"]).stderr(full());
        let mut ben = Program::spawn(&mut command).unwrap();
        let mut stdin = ben.take_stdin().unwrap();
        stdin.write_all(b"/no such command\nhello\n").unwrap();
        drop(stdin);
        anna.receive_until(" ben: hello");
        assert_eq!(ben.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn client_with_a_full_stdout_reports_it() {
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
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert!(
            stderr.starts_with("chat-client: ") && stderr.lines().count() == 1,
            "{stderr}"
        );
    });
}

#[test]
fn client_with_full_outputs_still_exits_1() {
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
