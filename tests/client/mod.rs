//! Tests the client's promises, mostly against scripted servers. Most tests start `chat-client` as a process. Where the
//! timeouts of `chat-client` would make a test slow, the test runs the library's client instead.

mod connecting;
mod cuts;
mod editing;
mod gaps;
mod keys;
mod leaving;
mod lines;
mod low_resources;
mod others;
mod pasting;
mod patience;
mod pipes;
#[cfg(feature = "tls")]
mod proxies;
mod races;
mod reconnecting;
mod reflow;
mod resume;
mod server;
mod storms;
mod terminal;
mod threads;
#[cfg(feature = "tls")]
mod tls;
mod usage;
mod write_side;

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::support;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::scripted_server::{
    CLOSE, PING, PONG, Peer, ScriptedServer, TEXT, switching_protocols,
};
use crate::support::watchdog::within;
use blocking_chat::client::connect::error::ConnectError;
use blocking_chat::client::connect::target::Target;
use blocking_chat::client::connect::url::{InvalidUrl, Url};
use blocking_chat::client::end_reason::{EndReason, LostConnection};
use blocking_chat::client::output::{PlainOutput, Style};
use blocking_chat::client::stdin::InputOptions;
use blocking_chat::client::{Client, Timeouts};

const LIMIT: Duration = Duration::from_secs(600);

/// The welcome of our chat server.
const WELCOME: &str = "* you are anna in room 5f3a09c1";

/// Starts a client that exits when its connection ends.
fn client(args: &[&str]) -> Program {
    reconnecting_client(&[args, &["--no-reconnect"]].concat())
}

/// Starts a client that reconnects.
fn reconnecting_client(args: &[&str]) -> Program {
    start_client(Path::new(env!("CARGO_BIN_EXE_chat-client")), args)
}

fn start_client<A: AsRef<std::ffi::OsStr>>(path: &Path, args: &[A]) -> Program {
    Program::start(path, args, &[("USER", "anna"), ("LOGNAME", "anna")]).unwrap()
}

/// Connects a library client that ends when its connection ends.
fn connect(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
    Client::connect(Target::new(vec![url.clone()]), timeouts, false)
}

/// Connects a library client that reconnects.
fn connect_reconnecting(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
    Client::connect(Target::new(vec![url.clone()]), timeouts, true)
}

/// Runs a library client that treats no line of `input` as a command.
fn run(
    client: Client,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> Result<(), LostConnection> {
    let output = PlainOutput::new(output, Style::default());
    client.run(input, output, InputOptions::default())
}

/// Starts a client, lets it enter the room, and waits until it has shown the welcome. Returns the client and the
/// server's side of its connection.
fn client_in_room() -> (Program, Peer) {
    let server = ScriptedServer::start().unwrap();
    let program = client(&[&server.url().unwrap()]);
    let peer = welcome(&server);
    assert_eq!(program.stdout_line(TIMEOUT).unwrap(), WELCOME);
    (program, peer)
}

/// Accepts the next client. Sends no welcome, only the Pong that lets the client send lines.
fn accept_without_welcome(server: &ScriptedServer) -> Peer {
    let mut peer = server.open().unwrap();
    peer.answer_ping().unwrap();
    peer
}

/// Accepts the next client as our chat server does: sends the welcome, and the Pong that lets the client send lines.
fn welcome(server: &ScriptedServer) -> Peer {
    let mut peer = server.open().unwrap();
    peer.send_text(WELCOME).unwrap();
    peer.answer_ping().unwrap();
    peer
}

fn exit_code(program: &mut Program) -> Option<i32> {
    program.wait(TIMEOUT).unwrap().code()
}

fn stderr(program: &Program) -> String {
    program.rest_of_stderr(TIMEOUT).unwrap().join("\n")
}

/// Reads a line and sends it back with this number and name. Returns the line.
fn echo_line(peer: &mut Peer, number: u64, name: &str) -> String {
    let text = String::from_utf8(peer.expect(TEXT).unwrap()).unwrap();
    peer.send_text(&format!("{number} {name}: {text}")).unwrap();
    text
}
