//! The chat server under test, and its members.

use std::env;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use blocking_chat::base::line;

use super::independent::{IndependentClient, Received};
use super::process::{self, Program, TIMEOUT};
use super::raw_client::RawClient;
use super::terminal::{self, Terminal};

/// The time limit of a whole test. It is far longer than any test needs, even on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(600);

/// Long timeouts for our server. They replace the default timeouts, unless a test sets its own. On a busy machine, a
/// default timeout may pass while a test prepares something.
const LONG_TIMEOUTS: [[&str; 2]; 3] = [
    ["--handshake-timeout", "1000"],
    ["--idle-timeout", "1000"],
    ["--write-timeout", "1000"],
];

/// Returns a test's options, plus a free port to listen on and each of [`LONG_TIMEOUTS`] that the test does not set.
fn with_long_timeouts<'a>(options: &[&'a str]) -> Vec<&'a str> {
    let mut all = [&["--listen", "127.0.0.1:0"], options].concat();
    for [option, value] in LONG_TIMEOUTS {
        if !options.contains(&option) {
            all.extend([option, value]);
        }
    }
    all
}

/// A chat server in its own process, on a free port. Dropping this value kills the server.
pub struct Chat {
    pub program: Program,
    pub endpoint: Endpoint,
}

/// The address of a server, with methods to connect to it. A test's threads can share it.
#[derive(Clone, Copy)]
pub struct Endpoint {
    pub address: SocketAddr,
}

impl Deref for Chat {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Chat {
    /// Starts the server whose command line is in the environment variable `CHAT_SERVER`. If this variable is not set,
    /// starts our own server.
    pub fn start() -> Chat {
        Chat::with(&[])
    }

    /// Like [`Chat::start`], with additional options of `chat-server`.
    pub fn with(options: &[&str]) -> Chat {
        let command = env::var("CHAT_SERVER").unwrap_or_default();
        let mut words = command.split_whitespace();
        match words.next() {
            Some(program) => {
                let listen = ["--listen", "127.0.0.1:0"];
                let words: Vec<&str> = words.collect();
                Chat::run(program, &[&words[..], &listen, options].concat())
            }
            None => Chat::ours(options),
        }
    }

    /// Starts our own server even if `CHAT_SERVER` is set. This is for tests of promises that only our server makes.
    pub fn ours(options: &[&str]) -> Chat {
        Chat::run(
            env!("CARGO_BIN_EXE_chat-server"),
            &with_long_timeouts(options),
        )
    }

    /// Starts our own server after `prepare` has modified its command, for example to change its user or its stderr.
    pub fn prepared(options: &[&str], prepare: impl FnOnce(&mut Command)) -> Chat {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chat-server"));
        command.args(with_long_timeouts(options));
        prepare(command.stderr(Stdio::piped()));
        Chat::new(Program::spawn(&mut command).unwrap())
    }

    /// Starts our own server in a terminal of 50 rows and 160 columns.
    pub fn in_a_terminal(options: &[&str]) -> (Terminal, Endpoint) {
        let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
        let args = with_long_timeouts(options);
        let terminal = Terminal::start(path, &args, &[], (50, 160)).unwrap();
        let address = |screen: &vt100::Screen| {
            let lines = terminal::lines(screen);
            process::address(lines.first()?)
        };
        terminal.wait_until("an address", |screen| address(screen).is_some());
        let address = terminal.with_screen(address).unwrap();
        (terminal, Endpoint { address })
    }

    fn run(program: &str, args: &[&str]) -> Chat {
        Chat::new(Program::start(Path::new(program), args, &[]).unwrap())
    }

    fn new(program: Program) -> Chat {
        let address = program.address().unwrap();
        let endpoint = Endpoint { address };
        Chat { program, endpoint }
    }
}

impl Endpoint {
    /// Joins under this name and waits for the notice of the join, `NAME joined`.
    pub fn member(&self, name: &str) -> ChatClient {
        let mut member = self.connect(&format!("/?name={name}"));
        let welcome = member.receive_line();
        assert!(
            welcome.starts_with(&format!("* you are {name} in room ")),
            "{welcome}"
        );
        member.receive_until(&format!(" * {name} joined"));
        member
    }

    /// Completes the handshake for this target, without waiting for a line.
    pub fn connect(&self, target: &str) -> ChatClient {
        ChatClient(IndependentClient::connect(self.address, target).unwrap())
    }

    /// Completes the handshake for this target with a raw client. Leaves the frames after the handshake unread.
    pub fn raw_client(&self, target: &str) -> RawClient {
        RawClient::open(self.address, target).unwrap()
    }

    /// Sends these bytes on a new connection. Returns everything that arrives up to the end of the stream.
    pub fn exchange(&self, request: &[u8]) -> String {
        let mut client = RawClient::connect(self.address).unwrap();
        client.send_bytes(request).unwrap();
        String::from_utf8(client.read_to_end(TIMEOUT).unwrap()).unwrap()
    }
}

/// A chat client that does not use tungstenite.
pub struct ChatClient(pub IndependentClient);

impl ChatClient {
    pub fn say(&mut self, text: &str) {
        self.0.send_text(text).unwrap();
    }

    /// Returns the next line. Panics at any other message.
    pub fn receive_line(&mut self) -> String {
        self.0.receive_text().unwrap()
    }

    /// Returns the lines up to and including the first one with this ending.
    pub fn receive_until(&mut self, end: &str) -> Vec<String> {
        let mut received = vec![self.receive_line()];
        while !received.last().is_some_and(|line| line.ends_with(end)) {
            received.push(self.receive_line());
        }
        received
    }

    /// Returns the lines up to and including the one with this number.
    pub fn receive_until_number(&mut self, number: u64) -> Vec<String> {
        let mut received = vec![self.receive_line()];
        while received.last().and_then(|line| line::number(line)) != Some(number) {
            received.push(self.receive_line());
        }
        received
    }

    /// Sends a line and returns its receipt: the line with its number and the client's name.
    pub fn say_and_receive(&mut self, text: &str) -> String {
        self.say(text);
        self.receive_until(&format!(": {text}")).pop().unwrap()
    }

    /// Reads up to the Close. Returns the lines before the Close, and its code.
    pub fn receive_close(&mut self) -> (Vec<String>, u16) {
        let mut received = Vec::new();
        loop {
            match self.0.receive(TIMEOUT).unwrap() {
                Received::Text(line) => received.push(line),
                Received::Closed(code) => return (received, code),
                other => panic!("{other:?} between lines"),
            }
        }
    }

    /// Sends a Ping and waits for the Pong, which proves that all earlier lines of this client were said. Returns the
    /// lines before the Pong.
    pub fn receive_pong(&mut self) -> Vec<String> {
        self.0.send_ping(b"?").unwrap();
        let mut received = Vec::new();
        loop {
            match self.0.receive(TIMEOUT).unwrap() {
                Received::Text(line) => received.push(line),
                Received::Pong(payload) => {
                    assert_eq!(payload, b"?");
                    return received;
                }
                other => panic!("{other:?} before the Pong"),
            }
        }
    }

    /// Leaves with Close 1000 and waits for the reply.
    pub fn leave(self) {
        assert_eq!(self.0.close().unwrap(), 1000);
    }
}
