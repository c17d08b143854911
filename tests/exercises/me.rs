//! The command `/me waves`. After a reconnect, the client must not wave again.

use std::io::Write;
use std::path::Path;

use crate::mine::LIMIT;
use crate::support::chat::Chat;
use crate::support::process::{Program, TIMEOUT};
use crate::support::raw_frame::TEXT;
use crate::support::scripted_server::{Peer, ScriptedServer};
use crate::support::watchdog::within;

const UNKNOWN: &str = "is not a command";

#[test]
#[ignore = "an exercise: src/server/room/commands.rs"]
fn me_reaches_all_with_the_same_number() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until(" * ben joined");
        anna.say("/me waves");
        let receipt = anna.receive_line();
        assert_eq!(
            receipt, "3 anna: * waves",
            "Anna must receive her own /me waves"
        );
        assert_eq!(ben.receive_until("waves"), [receipt]);
        // A `/me` line must not look like a notice: Anna has not left.
        anna.say("/me left");
        assert_eq!(ben.receive_line(), "4 anna: * left");
    });
}

/// Accepts the client's connection. Sends the welcome, these lines as the room's history, and the Pong.
fn accept_client(server: &ScriptedServer, past: &[&str]) -> Peer {
    let mut peer = server.open().unwrap();
    peer.send_text("* you are anna in room 5f3a09c1").unwrap();
    for line in past {
        peer.send_text(line).unwrap();
    }
    peer.answer_ping().unwrap();
    peer
}

#[test]
#[ignore = "an exercise: src/client/resume/pending_lines.rs"]
fn me_is_sent_once_even_if_the_connection_breaks() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let url = server.url().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let args = [&*url, "--name", "anna", "--commands"];
        let mut client = Program::start(path, &args, &[]).unwrap();
        let mut stdin = client.take_stdin().unwrap();
        let mut peer = accept_client(&server, &["1 * anna joined"]);
        writeln!(stdin, "/me waves").unwrap();
        assert_eq!(peer.expect(TEXT).unwrap(), b"/me waves");
        // The room has the line, but its receipt is lost with the connection.
        drop(peer);
        let mut peer = accept_client(&server, &["2 anna: * waves"]);
        drop(stdin);
        // Next, the client must send the Ping that follows its last line. If it sends a text message instead, Anna
        // waves twice.
        let next = peer.answer_ping();
        assert!(
            next.is_ok(),
            "Anna waved twice: the client has sent the same line again."
        );
        peer.answer_close().unwrap();
        assert!(client.wait(TIMEOUT).unwrap().success());
    });
}

#[test]
#[ignore = "an exercise: src/server/room/commands.rs"]
fn me_without_text_sends_no_line() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut anna = chat.member("anna");
        anna.say("/me");
        let answer = anna.receive_line();
        assert!(
            answer.starts_with("* ") && !answer.contains(UNKNOWN),
            "{answer}"
        );
        assert_eq!(anna.say_and_receive("hello"), "2 anna: hello");
    });
}
