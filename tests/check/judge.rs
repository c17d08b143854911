//! Judges a chat server from outside, in stages from simple to hard, and stops at the first stage that fails.
//!
//! Each stage starts the server anew, so a stage depends on none before it. Nothing that a server does makes the judge
//! wait for long: each wait has a deadline, each stage has one, and so has the whole.

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
use socket::Kept;
use stages::{STAGES, Stage};

/// What a stage may overrun before the judge goes on without it.
const OVERRUN: Duration = Duration::from_secs(5);

/// How long the judge waits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the line that says where the server listens.
    pub start: Duration,
    /// For what should come at once. A server that takes longer hangs.
    pub prompt: Duration,
    /// For one stage, with the start of the server.
    pub stage: Duration,
    /// For all stages. With [`OVERRUN`] it is less than two minutes.
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
    /// For a server on a busy machine.
    pub fn patient() -> Limits {
        Limits {
            start: Duration::from_secs(40),
            prompt: Duration::from_secs(40),
            stage: Duration::from_secs(100),
            whole: Duration::from_secs(400),
        }
    }
}

/// Where the server listens, and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Target {
    addresses: Vec<SocketAddr>,
    patience: Patience,
    kept: Kept,
    /// How many handshakes the stage has begun.
    handshakes: Arc<AtomicUsize>,
}

/// How long to wait within a stage.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    prompt: Duration,
    stage: Deadline,
}

/// Judges the server that this shell command starts, and prints a row for each stage as soon as it is known.
///
/// # Errors
/// Only from `out`. What the server does wrong is in the report.
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

/// Runs one stage on a server of its own. The error is one sentence, and a line of what the server says itself.
fn attempt(
    command: &str,
    stage: &'static Stage,
    limits: Limits,
    whole: Deadline,
) -> Result<(), String> {
    let left = whole.remaining();
    let left = left.ok_or("the stages before it took so long that no time is left for this one")?;
    let started = Server::start(command, limits.start.min(left));
    let server = started.map_err(|failure| failure.to_string())?;
    let target = Target {
        addresses: server.addresses.clone(),
        patience: Patience {
            prompt: limits.prompt,
            stage: Deadline::after(limits.stage.min(whole.remaining().unwrap_or_default())),
        },
        kept: Kept::default(),
        handshakes: Arc::default(),
    };
    let kept = target.kept.clone();
    let outcome = on_a_thread(stage, target);
    let told = outcome.map_err(|failure| format!("{failure}{}", server.last_words()));
    drop(kept);
    told
}

/// Runs the stage on a thread, so that the judge outlives a stage that panics or never ends, which would be our mistake.
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
            Err("the judge broke in this stage, and not the server".into())
        }
    }
}

impl Patience {
    /// Words for a wait that has ended without what it waited for.
    fn over(self) -> String {
        match self.stage.remaining() {
            Some(_) => format!("nothing for {} s", self.prompt.as_secs()),
            None => "nothing before the time of the stage was over".into(),
        }
    }

    /// The end of a wait that begins now.
    fn soon(self) -> Deadline {
        let left = self.stage.remaining().unwrap_or_default();
        Deadline::after(left.min(self.prompt))
    }
}
