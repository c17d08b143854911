//! Judges a chat server from outside, in stages from simple to hard, and stops at the first stage that fails.
//!
//! Each stage starts the server anew, so the stages are independent. No server can keep the judge waiting for long:
//! there is a deadline for each wait, each stage, and the whole run.

pub mod address;
mod client;
mod failure;
mod frames;
mod handshake;
mod http;
mod numbers;
mod output;
pub mod process;
mod report;
mod server;
mod socket;
pub mod stages;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;

pub use report::Report;
use server::Server;
use socket::KeptOpen;
use stages::{STAGES, Stage};

/// How long the judge lets a stage run past its deadline before it abandons the stage.
const OVERRUN: Duration = Duration::from_secs(5);

/// The judge's time limits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The limit for the server to print the line with its address.
    pub start: Duration,
    /// The limit for anything that a server should do promptly. A server that takes longer counts as hung.
    pub prompt: Duration,
    /// The limit for one stage.
    pub stage: Duration,
    /// The limit for all stages together. By default, this limit plus [`OVERRUN`] is less than two minutes.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            start: Duration::from_secs(10),
            prompt: Duration::from_secs(5),
            stage: Duration::from_secs(30),
            whole: Duration::from_secs(100),
        }
    }
}

impl Limits {
    /// Returns longer limits, for a server on a busy machine.
    pub fn long() -> Limits {
        Limits {
            start: Duration::from_secs(40),
            prompt: Duration::from_secs(40),
            stage: Duration::from_secs(100),
            whole: Duration::from_secs(400),
        }
    }
}

/// What a stage needs to test a server.
#[derive(Clone, Debug)]
pub struct Target {
    addresses: Vec<SocketAddr>,
    patience: Patience,
    kept: KeptOpen,
    /// How many handshakes the stage has begun.
    handshakes: Arc<AtomicUsize>,
}

/// The time limits within a stage: one for each wait, and one for the whole stage.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    prompt: Duration,
    stage: Deadline,
}

/// Judges the server that this shell command starts. Prints a row for each stage as soon as its result is known.
///
/// # Errors
/// Fails only if a write to `out` fails. The server's faults are in the report.
pub fn judge(command: &str, limits: Limits, out: &mut impl Write) -> io::Result<Report> {
    let whole = Deadline::after(limits.whole);
    let mut report = Report::default();
    writeln!(out, "check: {command}")?;
    for stage in STAGES {
        let verdict = match report.failure {
            Some(_) => None,
            None => Some(attempt(command, stage, limits, whole)),
        };
        writeln!(out, "{}", report.add(stage, verdict))?;
        out.flush()?;
    }
    writeln!(out, "{report}")?;
    out.flush()?;
    Ok(report)
}

/// Starts a server and runs one stage against it. The error is one sentence about the failure. A second line may give
/// the server's exit status and what it last reported on stderr.
fn attempt(
    command: &str,
    stage: &'static Stage,
    limits: Limits,
    whole: Deadline,
) -> Result<(), String> {
    let left = whole.remaining();
    let left = left.ok_or("the earlier stages took so long that no time is left for this one")?;
    let started = Server::start(command, limits.start.min(left));
    let server = started.map_err(|failure| failure.to_string())?;
    let target = Target {
        addresses: server.addresses.clone(),
        patience: Patience {
            prompt: limits.prompt,
            stage: Deadline::after(limits.stage.min(whole.remaining().unwrap_or_default())),
        },
        kept: KeptOpen::default(),
        handshakes: Arc::default(),
    };
    let kept = target.kept.clone();
    let outcome = on_a_thread(stage, target);
    let verdict = outcome.map_err(|failure| format!("{failure}{}", server.last_words()));
    drop(kept);
    verdict
}

/// Runs the stage on a thread, so that the judge survives a stage that panics or hangs.
fn on_a_thread(stage: &'static Stage, target: Target) -> Result<(), String> {
    let limit = target.patience.stage.remaining().unwrap_or_default() + OVERRUN;
    let (sender, verdict) = mpsc::channel();
    thread::Builder::new()
        .spawn(move || {
            let _ = sender.send((stage.run)(&target).map_err(|failure| failure.to_string()));
        })
        .map_err(|error| format!("the judge cannot start a thread: {error}"))?;
    match verdict.recv_timeout(limit) {
        Ok(verdict) => verdict,
        Err(RecvTimeoutError::Timeout) => {
            Err("the server was so slow that the stage did not end in time".into())
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err("the judge itself panicked in this stage, which is not the server's fault".into())
        }
    }
}

impl Patience {
    /// Describes a wait that has timed out.
    fn over(self) -> String {
        match self.stage.remaining() {
            Some(_) => format!("nothing for {} s", self.prompt.as_secs()),
            None => "nothing before the stage's time limit".into(),
        }
    }

    /// Returns the deadline of a wait that begins now.
    fn prompt_deadline(self) -> Deadline {
        let left = self.stage.remaining().unwrap_or_default();
        Deadline::after(left.min(self.prompt))
    }
}
