//! A server process, and all the processes that it starts.

use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::address;
use super::output::Output;

/// The interval at which the judge checks whether a starting server has exited.
const EXIT_CHECK_INTERVAL: Duration = Duration::from_millis(20);
/// How long the judge waits for the last output of a server.
const LAST_OUTPUT: Duration = Duration::from_millis(300);

/// The process group of the running server, for [`kill_running_server`]. `None` if no server runs.
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// A command that runs in a shell. Dropping this value kills the whole process group of the shell.
pub struct Process {
    child: Child,
    output: Output,
}

/// Why the server has not printed an address.
pub enum NoAddress {
    /// The process has ended with this status, in words.
    Ended(String),
    Silent,
}

impl Process {
    /// Starts the command with `PORT` in its environment. Appends `--listen ADDRESS` if `with_option` is true.
    pub fn spawn(command: &str, with_option: bool, address: SocketAddr) -> io::Result<Process> {
        let mut shell = Command::new("sh");
        if with_option {
            shell.args(["-c", &format!("{command} \"$@\""), "sh"]);
            shell.args(["--listen", &address.to_string()]);
        } else {
            shell.args(["-c", command]);
        }
        shell.env("PORT", address.port().to_string());
        // Without this, Python buffers what it prints to a pipe.
        shell.env("PYTHONUNBUFFERED", "1");
        shell.stdout(Stdio::piped()).stderr(Stdio::piped());
        // A server may stop at the end of stdin, so this pipe stays open.
        shell.stdin(Stdio::piped());
        let mut running = running();
        // Some commands start the server as their own child, as `npm start` does. The process group contains both
        // processes.
        let mut child = shell.process_group(0).spawn()?;
        *running = Some(Pid::from_child(&child));
        let output = Output::read(child.stdout.take(), child.stderr.take());
        Ok(Process { child, output })
    }

    /// Waits until the process prints a line with an address. Returns the addresses that this line stands for.
    pub fn addresses(&self, deadline: Deadline) -> Result<Vec<SocketAddr>, NoAddress> {
        loop {
            let left = deadline.remaining().ok_or(NoAddress::Silent)?;
            match self
                .output
                .lines
                .recv_timeout(left.min(EXIT_CHECK_INTERVAL))
            {
                Ok(line) => match address::find(&line) {
                    Some(found) => return Ok(found),
                    None => continue,
                },
                Err(RecvTimeoutError::Timeout) => {}
                // The process has closed its output, so no line can follow. Wait for its exit.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(left.min(EXIT_CHECK_INTERVAL)),
            }
            if let Some(status) = self.status() {
                while self.output.lines.recv_timeout(LAST_OUTPUT).is_ok() {}
                return Err(NoAddress::Ended(status));
            }
        }
    }

    /// Returns how the process has ended, or `None` if it is still running. First sleeps for [`LAST_OUTPUT`], so that
    /// the last output of the process arrives.
    pub fn end(&self) -> Option<String> {
        thread::sleep(LAST_OUTPUT);
        self.status()
    }

    /// Returns how the process has ended, or `None` if it is still running. Does not reap it, so its pid is not reused
    /// while this value exists.
    fn status(&self) -> Option<String> {
        let pid = Pid::from_child(&self.child);
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(pid), options).ok().flatten()?;
        match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => Some(format!("exit code {code}")),
            (_, Some(signal)) => Some(format!("signal {signal}")),
            (None, None) => None,
        }
    }

    /// Returns the last line on stderr that reports an error, or `None` if no line does.
    pub fn error(&self) -> Option<String> {
        self.output.error()
    }

    /// Returns the last line on stderr that reports an error, or else the last nonempty line.
    pub fn last_error_or_line(&self) -> Option<String> {
        self.output.last_error_or_line()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut running = running();
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
        *running = None;
    }
}

/// Kills the running server, if there is one. A signal handler calls this before the judge exits.
pub fn kill_running_server() {
    if let Some(group) = *running() {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

fn running() -> MutexGuard<'static, Option<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
