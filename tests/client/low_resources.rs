//! The system refuses to give the client another thread.

use std::process::{Command, Stdio};

use super::support::limits::as_limited_user;
use super::*;

/// Starts a client and sends it the welcome, but no Pong yet. Returns the client, the server's side of its connection,
/// and the server.
fn start_in_room(arguments: &[&str]) -> (Program, Peer, ScriptedServer) {
    let server = ScriptedServer::start().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat-client"));
    // The URL has a host name, so a new connection needs a thread for the resolver.
    let url = server.url().unwrap().replace("127.0.0.1", "localhost");
    command
        .args([url.as_str(), "--name", "anna"])
        .args(arguments);
    as_limited_user(&mut command);
    let program = Program::spawn(command.stderr(Stdio::piped())).unwrap();
    let mut peer = server.open().unwrap();
    peer.send_text(WELCOME).unwrap();
    assert_eq!(program.stdout_line(TIMEOUT).unwrap(), WELCOME);
    (program, peer, server)
}

/// Limits the process to the threads that it already has.
fn forbid_new_threads(program: &Program) {
    let mut prlimit = Command::new("prlimit");
    let pid = program.id().to_string();
    as_limited_user(prlimit.args(["--pid", &pid, "--nproc=1:1"]));
    assert!(prlimit.status().unwrap().success());
}

#[test]
fn client_exits_if_it_cannot_start_a_thread_to_send() {
    within(LIMIT, || {
        let (mut program, mut peer, _server) = start_in_room(&[]);
        peer.answer_ping().unwrap();
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"hello\n").unwrap();
        peer.expect(TEXT).unwrap();
        forbid_new_threads(&program);
        // The receipt may be in the gap. So the client must send a Ping, and needs a new thread for it.
        peer.send_text("* 3 lines are gone").unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        assert!(stderr.contains("cannot start a thread: "), "{stderr}");
        assert!(stderr.contains("1 line has no receipt"), "{stderr}");
    });
}

#[test]
fn client_exits_if_it_cannot_start_a_thread_to_connect() {
    within(LIMIT, || {
        let (mut program, mut peer, _server) = start_in_room(&["--no-input"]);
        peer.answer_ping().unwrap();
        forbid_new_threads(&program);
        drop(peer);
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        assert!(stderr.contains("cannot start a thread: "), "{stderr}");
    });
}

#[test]
fn missing_thread_for_the_goodbye_is_reported() {
    within(LIMIT, || {
        let (mut program, _peer, _server) = start_in_room(&[]);
        forbid_new_threads(&program);
        program.signal(Signal::TERM).unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        let stderr = stderr(&program);
        assert!(
            stderr.starts_with("chat-client: cannot start a thread to say goodbye: "),
            "{stderr}"
        );
    });
}
