//! The chat server under test, and people who talk in it.

use std::env;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use blocking_chat::base::line;

use super::independent::{IndependentClient, Received};
use super::process::{self, Program, SOON};
use super::raw_client::RawClient;
use super::terminal::{self, Terminal};

/// How long a whole test may take. It is far more than any needs, also on a machine that is busy with other things, and the
/// end of one that hangs.
pub const LIMIT: Duration = Duration::from_secs(180);

/// A chat server as a process of its own, on a free port. It ends with this value.
pub struct Chat {
    pub program: Program,
    pub door: Door,
}

/// Where to come in, for the test's threads to share.
#[derive(Clone, Copy)]
pub struct Door {
    pub address: SocketAddr,
}

impl Deref for Chat {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Chat {
    /// Starts the server that `CHAT_SERVER` names, a command with its arguments; ours if it names none.
    pub fn start() -> Chat {
        Chat::with(&[])
    }

    /// The same, with more options of `chat-server`.
    pub fn with(options: &[&str]) -> Chat {
        let command = env::var("CHAT_SERVER").unwrap_or_default();
        let mut words = command.split_whitespace();
        match words.next() {
            Some(program) => Chat::run(program, &[&words.collect::<Vec<_>>(), options].concat()),
            None => Chat::ours(options),
        }
    }

    /// Starts our own server, whatever `CHAT_SERVER` says: for what is promised of a process and not of a chat.
    pub fn ours(options: &[&str]) -> Chat {
        Chat::run(env!("CARGO_BIN_EXE_chat-server"), options)
    }

    /// The same in a process that is prepared in some way: another user, another stderr.
    pub fn prepared(options: &[&str], prepare: impl FnOnce(&mut Command)) -> Chat {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chat-server"));
        command.args(["--listen", "127.0.0.1:0"]).args(options);
        prepare(command.stderr(Stdio::piped()));
        Chat::of(Program::spawn(&mut command).unwrap())
    }

    /// Starts our own server in a terminal of 50 rows and 160 columns.
    pub fn in_a_terminal(options: &[&str]) -> (Terminal, Door) {
        let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
        let args = [&["--listen", "127.0.0.1:0"], options].concat();
        let terminal = Terminal::start(path, &args, &[], (50, 160)).unwrap();
        let address = |screen: &vt100::Screen| {
            let lines = terminal::lines(screen);
            process::address(lines.first()?)
        };
        terminal.wait_until("an address", |screen| address(screen).is_some());
        let address = terminal.look(address).unwrap();
        (terminal, Door { address })
    }

    fn run(program: &str, options: &[&str]) -> Chat {
        let args = [&["--listen", "127.0.0.1:0"], options].concat();
        Chat::of(Program::start(Path::new(program), &args, &[]).unwrap())
    }

    fn of(program: Program) -> Chat {
        let address = program.address().unwrap();
        let door = Door { address };
        Chat { program, door }
    }
}

impl Door {
    /// Somebody who has joined under this name and has heard of it.
    pub fn member(&self, name: &str) -> Member {
        let mut member = self.asking(&format!("/?name={name}"));
        let welcome = member.hear();
        assert!(
            welcome.starts_with(&format!("* you are {name} in room ")),
            "{welcome}"
        );
        member.hear_until(&format!(" * {name} joined"));
        member
    }

    /// Somebody who has connected to this target and heard nothing yet.
    pub fn asking(&self, target: &str) -> Member {
        Member(IndependentClient::connect(self.address, target).unwrap())
    }

    /// A client of bytes that has made the handshake for this target and read nothing else yet.
    pub fn raw(&self, target: &str) -> RawClient {
        RawClient::open(self.address, target).unwrap()
    }

    /// Sends these bytes on a new connection, and returns all that is sent back until its end.
    pub fn answer(&self, request: &[u8]) -> String {
        let mut client = RawClient::connect(self.address).unwrap();
        client.send_bytes(request).unwrap();
        String::from_utf8(client.read_to_end(SOON).unwrap()).unwrap()
    }
}

/// Somebody in the chat, through the client that is not tungstenite.
pub struct Member(pub IndependentClient);

impl Member {
    pub fn say(&mut self, text: &str) {
        self.0.send_text(text).unwrap();
    }

    /// The next line.
    pub fn hear(&mut self) -> String {
        self.0.receive_text().unwrap()
    }

    /// The lines up to the one that ends like this, which is the last of them.
    pub fn hear_until(&mut self, end: &str) -> Vec<String> {
        let mut heard = vec![self.hear()];
        while !heard.last().is_some_and(|line| line.ends_with(end)) {
            heard.push(self.hear());
        }
        heard
    }

    /// The lines up to the one with this number, which is the last of them.
    pub fn hear_until_number(&mut self, number: u64) -> Vec<String> {
        let mut heard = vec![self.hear()];
        while heard.last().and_then(|line| line::number(line)) != Some(number) {
            heard.push(self.hear());
        }
        heard
    }

    /// Says a line and returns it as everybody hears it.
    pub fn say_and_hear(&mut self, text: &str) -> String {
        self.say(text);
        self.hear_until(&format!(": {text}")).pop().unwrap()
    }

    /// The code of the Close that comes after all these lines.
    pub fn hear_close(&mut self) -> (Vec<String>, u16) {
        let mut heard = Vec::new();
        loop {
            match self.0.receive(SOON).unwrap() {
                Received::Text(line) => heard.push(line),
                Received::Closed(code) => return (heard, code),
                other => panic!("{other:?} between lines"),
            }
        }
    }

    /// Waits for proof that everything is said that has been sent, and returns what came before it.
    pub fn hear_pong(&mut self) -> Vec<String> {
        self.0.send_ping(b"?").unwrap();
        let mut heard = Vec::new();
        loop {
            match self.0.receive(SOON).unwrap() {
                Received::Text(line) => heard.push(line),
                Received::Pong(payload) => {
                    assert_eq!(payload, b"?");
                    return heard;
                }
                other => panic!("{other:?} before the Pong"),
            }
        }
    }

    /// Leaves with Close 1000 and hears that it was understood.
    pub fn leave(self) {
        assert_eq!(self.0.close().unwrap(), 1000);
    }
}
