//! Shows a chat of three users in one terminal. The server and the three clients are real. The terminal shows the output
//! of the first client.
//!
//! `make demo` runs this program. Each line is sent only after every client has printed the previous line. A pause between
//! two lines lets a person follow. The argument is the length of the pause in milliseconds.

use std::env;
use std::io::{self, BufRead, BufReader, IsTerminal, Lines, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_chat::base::color::{Color, RESET};
use blocking_chat::base::signals;
use crossbeam_channel::bounded;

/// The users, in the order in which they join.
const USERS: [&str; 3] = ["anna", "ben", "carl"];

/// The lines and their speakers, in order.
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

/// The default pause between two lines, in milliseconds.
const PAUSE: u64 = 1200;

/// The timeout of the demo, not counting its pauses. After this time, the demo fails.
const LIMIT: Duration = Duration::from_secs(30);

/// The programs that the demo has started. It ends them before it exits.
static STARTED: Mutex<Vec<Child>> = Mutex::new(Vec::new());

fn main() -> ExitCode {
    let pause = env::args().nth(1).and_then(|pause| pause.parse().ok());
    let pause = Duration::from_millis(pause.unwrap_or(PAUSE).min(60_000));
    let limit = LIMIT + pause * (SCRIPT.len() + 2 * USERS.len()) as u32;
    let (done, is_done) = bounded(2);
    let interrupted = done.clone();
    let result =
        signals::handle(move || _ = interrupted.try_send(Err(io::ErrorKind::Interrupted.into())))
            .map_err(io::Error::other)
            .and_then(|()| {
                let playing = thread::Builder::new().name("play".to_owned());
                playing.spawn(move || done.try_send(play(pause)))?;
                let result = is_done.recv_timeout(limit);
                result.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
            });
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    for mut program in started.drain(..) {
        // The program may have ended on its own.
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

/// Starts all programs, plays the script, and lets the users leave. Shows the output of the first user's client.
fn play(pause: Duration) -> io::Result<()> {
    let mut server = ChildProgram::start("chat-server", &["--listen", "127.0.0.1:0"], false)?;
    let url = server.next_line()?.replace("listening on ", "");
    let names = "anna, ben and carl are connected to";
    writeln!(io::stdout(), "{names} {url}\nanna sees:\n")?;
    let color = if Color::Auto.is_enabled(io::stdout().is_terminal()) {
        "--color=always"
    } else {
        "--color=never"
    };
    let mut clients: Vec<(&str, ChildProgram)> = Vec::new();
    for name in USERS {
        let is_shown = clients.is_empty();
        let options = [&url, "--name", name, color, "--commands"];
        let mut client = ChildProgram::start("chat-client", &options, is_shown)?;
        client.wait_for(&format!("* {name} joined"))?;
        clients.push((name, client));
        // Wait until each earlier client has printed that this user joined.
        for (_, client) in clients.iter_mut().rev().skip(1) {
            client.wait_for(&format!("* {name} joined"))?;
        }
        thread::sleep(pause);
    }
    for (speaker, line) in SCRIPT {
        for (_, client) in clients.iter_mut().filter(|(name, _)| *name == speaker) {
            client.type_line(line)?;
        }
        let seen = line.strip_prefix("/nick").unwrap_or(line);
        for (_, client) in &mut clients {
            client.wait_for(seen)?;
        }
        thread::sleep(pause);
    }
    // The first user leaves last, to see the others leave.
    for (_, client) in clients.iter_mut().rev() {
        client.leave()?;
        thread::sleep(pause);
    }
    Ok(())
}

/// The server or a client: a program that the demo has started, with its pipes.
struct ChildProgram {
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    errors: ChildStderr,
    is_shown: bool,
}

impl ChildProgram {
    /// Starts a program from the parent of this program's folder.
    fn start(name: &str, arguments: &[&str], is_shown: bool) -> io::Result<ChildProgram> {
        let this = env::current_exe()?;
        let programs = this.parent().and_then(Path::parent);
        let path = programs.unwrap_or(Path::new(".")).join(name);
        // The server and each client also log connections to stderr. In this terminal, those logs would hide the chat.
        let mut process = Command::new(path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("RUST_LOG", "warn")
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
        let (output, errors) = (process.stdout.take(), process.stderr.take());
        let input = process.stdin.take();
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        started.push(process);
        let missing = || io::Error::other("a pipe is missing");
        Ok(ChildProgram {
            input,
            output: BufReader::new(output.ok_or_else(missing)?).lines(),
            errors: errors.ok_or_else(missing)?,
            is_shown,
        })
    }

    fn next_line(&mut self) -> io::Result<String> {
        let Some(line) = self.output.next().transpose()? else {
            let mut errors = String::new();
            self.errors.read_to_string(&mut errors)?;
            return Err(io::Error::other(format!("a program ended early: {errors}")));
        };
        if self.is_shown {
            writeln!(io::stdout(), "{line}")?;
        }
        Ok(line)
    }

    /// Reads lines until a line ends with `text`. Fails if the program ends first.
    fn wait_for(&mut self, text: &str) -> io::Result<()> {
        while !self.next_line()?.trim_end_matches(RESET).ends_with(text) {}
        Ok(())
    }

    fn type_line(&mut self, line: &str) -> io::Result<()> {
        match &mut self.input {
            Some(input) => writeln!(input, "{line}"),
            None => Ok(()),
        }
    }

    /// Closes the input, as Ctrl-D does, and reads to the end of the output.
    fn leave(&mut self) -> io::Result<()> {
        drop(self.input.take());
        while let Some(line) = self.output.next().transpose()? {
            if self.is_shown {
                writeln!(io::stdout(), "{line}")?;
            }
        }
        Ok(())
    }
}
