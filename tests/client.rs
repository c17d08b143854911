//! Tests the client's promises against scripted servers. The client is a real process, or the library where the
//! program's timeouts would make a test slow.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

mod support;

#[path = "client/connecting.rs"]
mod connecting;
#[path = "client/cuts.rs"]
mod cuts;
#[path = "client/editing.rs"]
mod editing;
#[path = "client/gaps.rs"]
mod gaps;
#[path = "client/keys.rs"]
mod keys;
#[path = "client/leaving.rs"]
mod leaving;
#[path = "client/lines.rs"]
mod lines;
#[path = "client/others.rs"]
mod others;
#[path = "client/pasting.rs"]
mod pasting;
#[path = "client/patience.rs"]
mod patience;
#[path = "client/pipes.rs"]
mod pipes;
#[cfg(feature = "tls")]
#[path = "client/proxies.rs"]
mod proxies;
#[path = "client/races.rs"]
mod races;
#[path = "client/reconnecting.rs"]
mod reconnecting;
#[path = "client/reflow.rs"]
mod reflow;
#[path = "client/resume.rs"]
mod resume;
#[path = "client/scarcity.rs"]
mod scarcity;
#[path = "client/server.rs"]
mod server;
#[path = "client/storms.rs"]
mod storms;
#[path = "client/terminal.rs"]
mod terminal;
#[path = "client/threads.rs"]
mod threads;
#[cfg(feature = "tls")]
#[path = "client/tls.rs"]
mod tls;
#[path = "client/usage.rs"]
mod usage;
#[path = "client/write_side.rs"]
mod write_side;

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_chat::client::connect::error::ConnectError;
use blocking_chat::client::connect::target::Target;
use blocking_chat::client::connect::url::{InvalidUrl, Url};
use blocking_chat::client::end_reason::{EndReason, LostConnection};
use blocking_chat::client::output::{PlainOutput, Style};
use blocking_chat::client::stdin::InputOptions;
use blocking_chat::client::{Client, Timeouts};
use support::process::{Program, Signal, TIMEOUT};
use support::scripted_server::{
    CLOSE, PING, PONG, Peer, ScriptedServer, TEXT, switching_protocols,
};
use support::watchdog::within;

const LIMIT: Duration = Duration::from_secs(600);

/// The greeting of our chat.
const HERE: &str = "* you are anna in room 5f3a09c1";

/// Starts a client that exits when its connection ends.
fn client(args: &[&str]) -> Program {
    staying_client(&[args, &["--no-reconnect"]].concat())
}

/// Starts a client that reconnects.
fn staying_client(args: &[&str]) -> Program {
    start_client(Path::new(env!("CARGO_BIN_EXE_chat-client")), args)
}

fn start_client<A: AsRef<std::ffi::OsStr>>(path: &Path, args: &[A]) -> Program {
    Program::start(path, args, &[("USER", "anna"), ("LOGNAME", "anna")]).unwrap()
}

/// Connects a client of the library that ends with its connection.
fn connect(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
    Client::connect(Target::new(vec![url.clone()]), timeouts, false)
}

/// Connects a client of the library that reconnects.
fn connect_to_stay(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
    Client::connect(Target::new(vec![url.clone()]), timeouts, true)
}

/// Runs the client, which sends the lines of an input unchanged.
fn run(
    client: Client,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> Result<(), LostConnection> {
    let output = PlainOutput::new(output, Style::default());
    client.run(input, output, InputOptions::default())
}

/// Starts a client, and waits until it is in the room and may send lines. Returns it and the server's side of the
/// connection.
fn connected() -> (Program, Peer) {
    let server = ScriptedServer::start().unwrap();
    let program = client(&[&server.url().unwrap()]);
    let peer = welcome(&server);
    assert_eq!(program.stdout_line(TIMEOUT).unwrap(), HERE);
    (program, peer)
}

/// Accepts the next client as a server without a greeting: sends only the Pong that lets the client send lines.
fn open(server: &ScriptedServer) -> Peer {
    let mut peer = server.open().unwrap();
    peer.answer_ping().unwrap();
    peer
}

/// Accepts the next client as a chat server, with a greeting.
fn welcome(server: &ScriptedServer) -> Peer {
    let mut peer = server.open().unwrap();
    peer.send_text(HERE).unwrap();
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
fn say_back(peer: &mut Peer, number: u64, name: &str) -> String {
    let text = String::from_utf8(peer.expect(TEXT).unwrap()).unwrap();
    peer.send_text(&format!("{number} {name}: {text}")).unwrap();
    text
}
