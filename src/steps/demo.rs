//! Three people talk in one terminal: a real server, three real clients, and what one of them sees.
//!
//! `make demo` runs it. Each of the three says his line when he has seen the one before it, and nothing here waits for a
//! clock: what a program prints is what the others go by.

use std::io::{self, BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

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

fn main() -> ExitCode {
    thread::spawn(|| {
        thread::sleep(LIMIT);
        eprintln!("demo: something hangs; giving up");
        std::process::exit(1);
    });
    match play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play() -> io::Result<()> {
    let this = std::env::current_exe()?;
    let programs = this
        .parent()
        .and_then(Path::parent)
        .ok_or_else(|| io::Error::other("where am I?"))?;
    let mut server = Program::start(
        Command::new(programs.join("chat-server")).args(["--listen", "127.0.0.1:0"]),
    )?;
    let url = server.next_line()?.replace("listening on ", "");
    println!("the server is at {url}; this is what anna sees:\n");

    let mut people = Vec::new();
    for name in ["anna", "ben", "carl"] {
        let mut client = Program::start(
            Command::new(programs.join("chat-client")).args([&url, "--name", name]),
        )?;
        // Whoever has seen his own joining is in the room, and the next may come.
        client.wait_for(&format!("* {name} joined"))?;
        people.push((name, client));
    }
    for (speaker, line) in SCRIPT {
        for (_, client) in people.iter_mut().filter(|(name, _)| *name == speaker) {
            client.type_line(line)?;
        }
        let seen = line.strip_prefix("/nick").unwrap_or(line);
        for (_, client) in &mut people {
            client.wait_for(seen)?;
        }
    }
    let mut people = people.into_iter().map(|(_, client)| client);
    let anna = people
        .next()
        .ok_or_else(|| io::Error::other("anna is missing"))?;
    people.try_for_each(|client| client.leave().map(drop))?;
    for line in anna.leave()? {
        println!("{line}");
    }
    Ok(())
}

/// A program that reads lines and prints lines. It does not outlive this value.
struct Program {
    process: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    printed: Vec<String>,
}

impl Program {
    fn start(command: &mut Command) -> io::Result<Program> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let output = BufReader::new(process.stdout.take().ok_or_else(missing)?).lines();
        Ok(Program {
            input: process.stdin.take(),
            process,
            output,
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

    /// Closes the input, as Ctrl-D does, and returns all that was printed.
    fn leave(mut self) -> io::Result<Vec<String>> {
        drop(self.input.take());
        for line in self.output.by_ref() {
            self.printed.push(line?);
        }
        self.process.wait()?;
        Ok(std::mem::take(&mut self.printed))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
