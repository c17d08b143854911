//! Kills a server while its clients talk, and kills a client, with SIGKILL. Each line that a client reads from stdin is
//! said, or the client reports that the line may be lost.

use std::io::Write;
use std::path::Path;
use std::process::ChildStdin;
use std::time::Duration;

use crate::support::chat::{Chat, LIMIT};
use crate::support::ports::free_port;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::watchdog::within;

/// The number of times that the server is killed, unless the environment variable `KILLS` sets another number.
const KILLS: usize = 3;
const CLIENTS: usize = 8;

/// The number of lines that the test types into each client before each kill.
const LINES: usize = 20;

struct Talker {
    program: Program,
    stdin: Option<ChildStdin>,
    name: String,
    sent: Vec<String>,
    /// The lines that the program has printed on stdout.
    shown: Vec<String>,
}

impl Talker {
    fn start(url: &str, number: usize) -> Talker {
        let name = format!("c{number}");
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let args = [url, "--name", &name, "--color", "never"];
        let mut program = Program::start(path, &args, &[]).unwrap();
        let stdin = program.take_stdin().ok();
        let mut talker = Talker {
            program,
            stdin,
            name,
            sent: Vec::new(),
            shown: Vec::new(),
        };
        talker.read_until("* you are ");
        talker
    }

    fn send(&mut self, text: String) {
        writeln!(self.stdin.as_mut().unwrap(), "{text}").unwrap();
        self.sent.push(text);
    }

    fn read_until(&mut self, part: &str) {
        while !self.shown.last().is_some_and(|line| line.contains(part)) {
            let line = self.program.stdout_line(TIMEOUT).unwrap();
            self.shown.push(line);
        }
    }

    /// Closes the client's stdin and waits until the client exits. Checks that each line typed into the client was
    /// said, or is reported on stderr.
    fn end(mut self) {
        drop(self.stdin.take());
        let status = self.program.wait(TIMEOUT).unwrap();
        self.shown
            .extend(self.program.rest_of_stdout(TIMEOUT).unwrap());
        let stderr = self.program.rest_of_stderr(TIMEOUT).unwrap();
        let mut unsaid = 0;
        for text in &self.sent {
            let receipt = format!(" {}: {text}", self.name);
            let said = self
                .shown
                .iter()
                .filter(|line| line.ends_with(&receipt))
                .count();
            if said == 0 {
                let is_reported = stderr
                    .iter()
                    .any(|line| line.ends_with(&format!(": {text}")));
                assert!(
                    is_reported,
                    "{text:?} is neither said nor reported: {stderr:#?}"
                );
                unsaid += 1;
            }
        }
        let code = if unsaid == 0 { 0 } else { 1 };
        // If the server was killed before a receipt arrived, the client reports the line and exits with 1, even if the
        // line was said.
        let has_reported = stderr
            .iter()
            .any(|line| line.contains("unknown whether this line was said"));
        assert!(
            status.code() == Some(code) || has_reported && status.code() == Some(1),
            "{status}: {stderr:#?}"
        );
    }
}

fn count(variable: &str, usual: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

#[test]
fn killed_server_loses_no_line_silently() {
    let (kills, clients) = (count("KILLS", KILLS), count("CLIENTS", CLIENTS));
    // A client whose connections last only a moment waits for up to 30 s before it reconnects.
    within(LIMIT + Duration::from_secs(40 * kills as u64), || {
        let start = |address: &str| {
            let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
            let server = Program::start(path, &["--listen", address], &[]).unwrap();
            let address = server.address().unwrap().to_string();
            (server, address)
        };
        let (mut server, address) = start(&format!("127.0.0.1:{}", free_port()));
        let url = format!("ws://{address}/");
        let mut talkers: Vec<_> = (0..clients)
            .map(|number| Talker::start(&url, number))
            .collect();
        for kill in 0..kills {
            for line in 0..LINES {
                for talker in &mut talkers {
                    let text = format!("{} {kill}.{line}", talker.name);
                    talker.send(text);
                }
            }
            // When the server is killed, some lines have been said, some are in flight, and some are still in the
            // pipes.
            let first = &mut talkers[0];
            first.read_until(&format!(": c0 {kill}.{}", kill % LINES));
            server.signal(Signal::KILL).unwrap();
            server.wait(TIMEOUT).unwrap();
            (server, _) = start(&address);
            for talker in &mut talkers {
                talker.send(format!("{} {kill} back", talker.name));
                let back = format!(" {}: {} {kill} back", talker.name, talker.name);
                talker.read_until(&back);
            }
        }
        talkers.into_iter().for_each(Talker::end);
    });
}

#[test]
fn killed_client_leaves_the_room_and_frees_its_name() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut anna = chat.member("anna");
        for _ in 0..5 {
            let url = format!("ws://{}/", chat.address);
            let ben = Talker::start(&url, 1);
            anna.receive_until(" * c1 joined");
            ben.program.signal(Signal::KILL).unwrap();
            anna.receive_until(" * c1 left");
        }
    });
}
