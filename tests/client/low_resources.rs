//! The system refuses to give the client another thread.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::process::geteuid;

use super::*;

/// If the test runs as root, makes the command run as `nobody`, because Linux does not limit the threads of root.
fn counted(command: &mut Command) -> &mut Command {
    const NOBODY: u32 = 65534;
    if geteuid().is_root() {
        command.uid(NOBODY);
    }
    command
}

/// Starts a client and sends it the welcome, but no Pong yet. Returns the client, the server's side of its connection,
/// and the server.
fn limited(arguments: &[&str]) -> (Program, Peer, ScriptedServer) {
    let server = ScriptedServer::start().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat-client"));
    // The URL has a host name, so a new connection needs a thread for the resolver.
    let url = server.url().unwrap().replace("127.0.0.1", "localhost");
    command
        .args([url.as_str(), "--name", "anna"])
        .args(arguments);
    let program = Program::spawn(counted(command.stderr(Stdio::piped()))).unwrap();
    let mut peer = server.open().unwrap();
    peer.send_text(HERE).unwrap();
    assert_eq!(program.stdout_line(TIMEOUT).unwrap(), HERE);
    (program, peer, server)
}

/// Limits the process to the threads that it already has.
fn allow_none(program: &Program) {
    let mut prlimit = Command::new("prlimit");
    let pid = program.id().to_string();
    let prlimit = counted(prlimit.args(["--pid", &pid, "--nproc=1:1"]));
    assert!(prlimit.status().unwrap().success());
}

#[test]
fn client_ends_if_it_gets_no_thread_to_send() {
    within(LIMIT, || {
        let (mut program, mut peer, _server) = limited(&[]);
        peer.answer_ping().unwrap();
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"hello\n").unwrap();
        peer.expect(TEXT).unwrap();
        allow_none(&program);
        // The receipt may be in the gap. So the client must send a Ping, and needs a new thread for it.
        peer.send_text("* 3 lines are gone").unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        assert!(stderr.contains("cannot start a thread: "), "{stderr}");
        assert!(stderr.contains("1 line has no receipt"), "{stderr}");
    });
}

#[test]
fn client_ends_if_it_gets_no_thread_to_connect() {
    within(LIMIT, || {
        let (mut program, mut peer, _server) = limited(&["--no-input"]);
        peer.answer_ping().unwrap();
        allow_none(&program);
        drop(peer);
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        assert!(stderr.contains("cannot start a thread: "), "{stderr}");
    });
}

#[test]
fn missing_thread_for_the_goodbye_is_reported() {
    within(LIMIT, || {
        let (mut program, _peer, _server) = limited(&[]);
        allow_none(&program);
        program.signal(Signal::TERM).unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        assert!(
            stderr.starts_with("chat-client: cannot start a thread to say goodbye: "),
            "{stderr}"
        );
    });
}
