//! The server that is judged, as a process that ends with this value.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_chat::deadline::Deadline;
use rustix::process::{Pid, Signal, kill_process_group};

use super::address;
use super::failure::{Failure, quote};

/// How often the judge looks whether the server has ended while it waits for that line.
const LOOK: Duration = Duration::from_millis(20);
/// How long the last output of a server that has ended may take to arrive.
const LAST_OUTPUT: Duration = Duration::from_millis(300);
/// How much of one line is looked at, in bytes, and how many lines may wait to be looked at.
const LINE: u64 = 4096;
const LINES: usize = 64;

/// The process group that runs, for [`kill_the_running_one`].
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// A server that has printed where it listens.
pub struct Server {
    process: Process,
    pub addresses: Vec<SocketAddr>,
}

struct Process {
    child: Child,
    output: Receiver<String>,
    words: Arc<Mutex<Words>>,
}

/// What a server printed last on stderr.
#[derive(Default)]
struct Words {
    error: Option<String>,
    last: Option<String>,
}

impl Server {
    /// Starts the server on a free port and waits for the line that names it.
    ///
    /// The port is given as `--listen ADDRESS` and as the variable `PORT`. A server that ends because of the option is
    /// started again without it, and so is a command that names `$PORT` itself.
    pub fn start(command: &str, limit: Duration) -> Result<Server, Failure> {
        if !command.contains("$PORT") && !command.contains("${PORT}") {
            match Server::launch(command, true, limit) {
                Err(failure) if failure.ended => {}
                Err(failure) => return Err(failure.told),
                Ok(server) => return Ok(server),
            }
        }
        let server = Server::launch(command, false, limit);
        server.map_err(|failure| failure.told)
    }

    fn launch(command: &str, with_option: bool, limit: Duration) -> Result<Server, NotStarted> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let free =
            free.map_err(|error| NotStarted::new(command, &format!("no free port: {error}")))?;
        let sent = match with_option {
            true => format!("started `{command} --listen {free}`, PORT={}", free.port()),
            false => format!("started `{command}`, PORT={}", free.port()),
        };
        let mut process = Process::spawn(command, with_option, free)
            .map_err(|error| NotStarted::new(&sent, &error.to_string()))?;
        match process.addresses(Deadline::after(limit)) {
            Ok(addresses) => Ok(Server { process, addresses }),
            Err(End::Silent) => Err(NotStarted::new(
                &sent,
                "no such line in time (if it is printed, perhaps it is not flushed)",
            )),
            Err(End::Ended(status)) => {
                let words = process.words().said();
                let words = words.map_or("no word".into(), |words| quote(&words));
                let mut failure = NotStarted::new(&sent, &format!("{status} and {words}"));
                failure.ended = true;
                Err(failure)
            }
        }
    }

    /// Whether the server has ended, and what it printed on stderr: what a student looks for first.
    pub fn last_words(&mut self) -> Option<String> {
        let status = self.process.child.try_wait().ok().flatten();
        let words = self.process.words();
        let said = match status {
            Some(_) => words.said(),
            None => words.error.clone(),
        };
        let ended = status.map(|status| format!(" The server has ended ({status})."));
        let said = said.map(|words| format!(" Its stderr says {}.", quote(&words)));
        let sentences = ended.into_iter().chain(said);
        Some(sentences.collect()).filter(|words: &String| !words.is_empty())
    }
}

/// Why there is no server to judge.
struct NotStarted {
    told: Failure,
    /// Whether it has ended by itself.
    ended: bool,
}

impl NotStarted {
    fn new(sent: &str, got: &str) -> NotStarted {
        let expected = "a line such as `listening on ws://127.0.0.1:9001/` as its first output";
        let told = Failure::new(sent, expected, got);
        NotStarted { told, ended: false }
    }
}

enum End {
    Ended(ExitStatus),
    Silent,
}

impl Process {
    fn spawn(command: &str, with_option: bool, free: SocketAddr) -> std::io::Result<Process> {
        let mut shell = Command::new("sh");
        if with_option {
            shell.args(["-c", &format!("{command} \"$@\""), "sh"]);
            shell.args(["--listen", &free.to_string()]);
        } else {
            shell.args(["-c", command]);
        }
        // A server may read stdin and end with it, so this pipe stays open. Python keeps back what it prints to a pipe.
        shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        shell
            .env("PORT", free.port().to_string())
            .env("PYTHONUNBUFFERED", "1");
        // Some commands start the server as a child of their own, as `npm start` does. The group holds them all.
        let mut running = running();
        let mut child = shell.process_group(0).spawn()?;
        *running = Some(Pid::from_child(&child));
        let words = Arc::new(Mutex::new(Words::default()));
        let (lines, output) = sync_channel(LINES);
        let process_words = words.clone();
        read(child.stderr.take(), lines.clone(), move |line| {
            lock(&process_words).add(line)
        });
        read(child.stdout.take(), lines, |_| ());
        Ok(Process {
            child,
            output,
            words,
        })
    }

    /// Waits for the line that names the address.
    fn addresses(&mut self, deadline: Deadline) -> Result<Vec<SocketAddr>, End> {
        loop {
            let left = deadline.remaining().ok_or(End::Silent)?;
            match self.output.recv_timeout(left.min(LOOK)) {
                Ok(line) => {
                    if let Some(found) = address::find(&line) {
                        return Ok(found);
                    }
                }
                Err(error) => {
                    if let Ok(Some(status)) = self.child.try_wait() {
                        // Its last lines may not have been read yet.
                        while self.output.recv_timeout(LAST_OUTPUT).is_ok() {}
                        return Err(End::Ended(status));
                    }
                    if error == RecvTimeoutError::Disconnected {
                        // It has closed its output: only its end can still come.
                        thread::sleep(left.min(LOOK));
                    }
                }
            }
        }
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        lock(&self.words)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Killed before it is reaped, so that its number cannot be another's by then.
        let mut running = running();
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
        *running = None;
    }
}

/// Kills the server that runs, if one does: for a signal that ends the judge.
pub fn kill_the_running_one() {
    if let Some(group) = *running() {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

impl Words {
    fn add(&mut self, line: &str) {
        let lower = line.to_lowercase();
        let names_an_error = ["error", "panicked", "exception"]
            .iter()
            .any(|word| lower.contains(word));
        // What is indented belongs to a trace of calls.
        if names_an_error && !line.starts_with([' ', '\t']) {
            self.error = Some(line.to_owned());
        }
        if !line.trim().is_empty() {
            self.last = Some(line.to_owned());
        }
    }

    /// The last line that names an error, else the last line.
    fn said(&self) -> Option<String> {
        self.error.clone().or_else(|| self.last.clone())
    }
}

/// Reads a pipe to its end on a thread, so that it never fills up. Lines that nobody takes are dropped.
fn read(
    pipe: Option<impl Read + Send + 'static>,
    lines: SyncSender<String>,
    mut note: impl FnMut(&str) + Send + 'static,
) {
    let Some(pipe) = pipe else { return };
    let reading = move || {
        let mut pipe = BufReader::new(pipe);
        let mut lines = Some(lines);
        let mut line = Vec::new();
        while pipe
            .by_ref()
            .take(LINE)
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            note(&text);
            // The address is known, and the receiver gone or full of what it has not asked for.
            if let Some(Err(TrySendError::Disconnected(_))) =
                lines.as_ref().map(|lines| lines.try_send(text))
            {
                lines = None;
            }
            line.clear();
        }
    };
    // Without a thread nothing is read, and the server counts as silent.
    let _ = thread::Builder::new().spawn(reading);
}

fn running() -> MutexGuard<'static, Option<Pid>> {
    lock(&RUNNING)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
