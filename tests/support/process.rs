//! A program in its own process: its output, signals and exit.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;
use crossbeam_channel::{Receiver, RecvTimeoutError};
pub use rustix::process::Signal;
use rustix::process::{Pid, WaitId, WaitIdOptions, kill_process, waitid};

/// The time limit for anything that should happen promptly. It is long because the machine may be busy. A test that
/// passes never waits this long.
pub const TIMEOUT: Duration = Duration::from_secs(100);

/// The pids of the unreaped [`Program`]s. An abort runs no destructors, so the watchdog kills these programs first.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every [`Program`] that has not been reaped yet.
pub fn kill_all() {
    for &pid in running().iter() {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// A program in its own process. Dropping this value kills it.
pub struct Program {
    child: Child,
    pid: Pid,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    /// Disconnects when the process has ended. At that time it has not been reaped, so no other process can have its
    /// pid.
    ended: Receiver<()>,
}

impl Program {
    /// Starts the program at `path`, with all three of its streams as pipes.
    pub fn start<A: AsRef<OsStr>>(
        path: &Path,
        args: &[A],
        env: &[(&str, &str)],
    ) -> io::Result<Self> {
        let mut command = Command::new(path);
        command.args(args).envs(env.iter().copied());
        Program::spawn(command.stderr(Stdio::piped()))
    }

    /// Starts a command with pipes as its stdin and stdout. The caller chooses the stderr of the command.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("{command:?}: {error}")))?;
        let pid = Pid::from_child(&child);
        running().push(pid);
        let (running_guard, ended) = crossbeam_channel::unbounded();
        thread::spawn(move || {
            let _ = waitid(
                WaitId::Pid(pid),
                WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
            );
            drop(running_guard);
        });
        Ok(Program {
            stdout: lines(child.stdout.take()),
            stderr: lines(child.stderr.take()),
            child,
            pid,
            ended,
        })
    }

    /// Returns the process id, for [`super::threads`].
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads the next line of stdout, which must be `listening on ws://ADDRESS/`, and returns the address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        let line = self.stdout_line(TIMEOUT)?;
        address(&line).ok_or_else(|| io::Error::other(format!("no address in {line:?}")))
    }

    /// Reads the next line of stdout, without its newline. Fails with `TimedOut` if no line arrives within `limit`, and
    /// with `UnexpectedEof` at the end of stdout.
    pub fn stdout_line(&self, limit: Duration) -> io::Result<String> {
        next(&self.stdout, limit)
    }

    /// Reads the next line of stderr, as [`Program::stdout_line`] does for stdout.
    pub fn stderr_line(&self, limit: Duration) -> io::Result<String> {
        next(&self.stderr, limit)
    }

    /// Reads the remaining lines of stdout. Fails with `TimedOut` if stdout does not end within `limit`.
    pub fn rest_of_stdout(&self, limit: Duration) -> io::Result<Vec<String>> {
        rest(&self.stdout, limit)
    }

    /// Reads the remaining lines of stderr. Fails with `TimedOut` if stderr does not end within `limit`.
    pub fn rest_of_stderr(&self, limit: Duration) -> io::Result<Vec<String>> {
        rest(&self.stderr, limit)
    }

    /// Takes the pipe to the program's stdin. A second call fails. Dropping the pipe closes stdin.
    pub fn take_stdin(&mut self) -> io::Result<ChildStdin> {
        self.child
            .stdin
            .take()
            .ok_or_else(|| io::Error::other("stdin was already taken"))
    }

    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(self.pid, signal)?)
    }

    /// Waits until the program has ended. Returns `TimedOut` if it does not end in time.
    pub fn wait(&mut self, limit: Duration) -> io::Result<ExitStatus> {
        match self.ended.recv_timeout(limit) {
            Err(RecvTimeoutError::Disconnected) => self.reap(),
            _ => Err(ErrorKind::TimedOut.into()),
        }
    }

    fn reap(&mut self) -> io::Result<ExitStatus> {
        // Remove the pid before the system can reuse it: the watchdog must never kill another process.
        running().retain(|&pid| pid != self.pid);
        self.child.wait()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // `kill` does nothing if the `Child` has been reaped.
        let _ = self.child.kill();
        let _ = self.reap();
    }
}

/// Parses the address in the first line that a server prints.
pub fn address(line: &str) -> Option<SocketAddr> {
    let rest = line.strip_prefix("listening on ws://")?;
    rest.strip_suffix('/')?.parse().ok()
}

/// Starts a thread that reads a pipe to its end and sends each line to the returned channel. So a wait for a line can
/// have a time limit, and the pipe never fills up.
fn lines(pipe: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = crossbeam_channel::unbounded();
    if let Some(pipe) = pipe {
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line);
                let _ = sender.send(text.strip_suffix('\n').unwrap_or(&text).to_owned());
                line.clear();
            }
        });
    }
    receiver
}

fn next(lines: &Receiver<String>, limit: Duration) -> io::Result<String> {
    lines.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => ErrorKind::TimedOut.into(),
        RecvTimeoutError::Disconnected => ErrorKind::UnexpectedEof.into(),
    })
}

fn rest(lines: &Receiver<String>, limit: Duration) -> io::Result<Vec<String>> {
    let deadline = Deadline::after(limit);
    let mut rest = Vec::new();
    loop {
        match next(lines, deadline.remaining().unwrap_or_default()) {
            Ok(line) => rest.push(line),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(rest),
            Err(error) => return Err(error),
        }
    }
}
