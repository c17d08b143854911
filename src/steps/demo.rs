//! Three people talk in one terminal: a real server, three real clients, and what one of them sees.
//!
//! `make demo` runs it. Each of the three says a line after seeing the one before it, and nothing here waits for a
//! clock: what a program prints is what the others go by.

use std::io::{self, BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_chat::base::signals;
use crossbeam_channel::bounded;

/// Who says what, in this order.
const SCRIPT: [(&str, &str); 6] = [
    ("anna", "hello, is anybody here?"),
    ("ben", "yes, I am"),
    ("carl", "me too"),
    ("ben", "/nick bea"),
    (
        "ben",
        "does everybody see the same lines in the same order?",
    ),
    ("carl", "yes: compare the numbers"),
];

/// How long all of it may take before something must be wrong.
const LIMIT: Duration = Duration::from_secs(30);

/// The programs that were started. None outlives the demo, however it ends.
static STARTED: Mutex<Vec<Child>> = Mutex::new(Vec::new());

fn main() -> ExitCode {
    let (done, is_done) = bounded(2);
    let interrupted = done.clone();
    let result =
        signals::handle(move || _ = interrupted.try_send(Err(io::ErrorKind::Interrupted.into())))
            .map_err(io::Error::other)
            .and_then(|()| {
                thread::Builder::new()
                    .name("play".to_owned())
                    .spawn(move || done.send(play()))?;
                is_done
                    .recv_timeout(LIMIT)
                    .unwrap_or(Err(io::ErrorKind::TimedOut.into()))
            });
    for mut program in STARTED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .drain(..)
    {
        // It may have ended by itself.
        let _ = program.kill();
        let _ = program.wait();
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play() -> io::Result<()> {
    let mut server = Program::start("chat-server", &["--listen", "127.0.0.1:0"])?;
    let url = server.next_line()?.replace("listening on ", "");
    writeln!(
        io::stdout(),
        "the server is at {url}; this is what anna sees:\n"
    )?;

    let mut people = Vec::new();
    for name in ["anna", "ben", "carl"] {
        let mut client = Program::start("chat-client", &[&url, "--name", name])?;
        // Whoever has seen their own joining is in the room, and the next may come.
        client.wait_for(&format!("* {name} joined"))?;
        people.push((name, client));
    }
    for (speaker, line) in SCRIPT {
        for (_, client) in people.iter_mut().filter(|(name, _)| *name == speaker) {
            client.type_line(line)?;
        }
        let seen = line.strip_prefix("/nick").unwrap_or(line);
        people
            .iter_mut()
            .try_for_each(|(_, client)| client.wait_for(seen))?;
    }
    // Anna leaves last, so she sees the others leave.
    people.rotate_left(1);
    let mut seen = Vec::new();
    for (_, client) in people {
        seen = client.leave()?;
    }
    seen.iter()
        .try_for_each(|line| writeln!(io::stdout(), "{line}"))
}

/// A program that reads lines and prints lines.
struct Program {
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    printed: Vec<String>,
}

impl Program {
    /// Starts a program of the folder above this one's.
    fn start(name: &str, arguments: &[&str]) -> io::Result<Program> {
        let this = std::env::current_exe()?;
        let programs = this
            .parent()
            .and_then(Path::parent)
            .unwrap_or(Path::new("."));
        let mut command = Command::new(programs.join(name));
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // Each connection's end is a line of the server's log, which would be news to nobody here.
        let mut process = command.env("RUST_LOG", "warn").spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        STARTED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(process);
        let output = output.ok_or_else(|| io::Error::other("a pipe is missing"))?;
        Ok(Program {
            input,
            output: BufReader::new(output).lines(),
            printed: Vec::new(),
        })
    }

    fn next_line(&mut self) -> io::Result<String> {
        let line = self
            .output
            .next()
            .ok_or_else(|| io::Error::other("a program ended early"))??;
        self.printed.push(line.clone());
        Ok(line)
    }

    fn wait_for(&mut self, text: &str) -> io::Result<()> {
        while !self.next_line()?.ends_with(text) {}
        Ok(())
    }

    fn type_line(&mut self, line: &str) -> io::Result<()> {
        self.input
            .as_mut()
            .map_or(Ok(()), |input| writeln!(input, "{line}"))
    }

    /// Closes the input, as Ctrl-D does, and returns all that was printed until the program ended.
    fn leave(mut self) -> io::Result<Vec<String>> {
        drop(self.input.take());
        for line in self.output.by_ref() {
            self.printed.push(line?);
        }
        Ok(self.printed)
    }
}
