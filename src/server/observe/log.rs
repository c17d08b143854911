//! The log: lines on stderr, which one thread writes.
//!
//! A write to stderr blocks while nobody reads it: a full pipe, a terminal that was stopped with Ctrl-S. Nothing ends that
//! wait. So the thread `log` waits, and no other thread does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use log::{Level, log};

use crate::base::supervisor::Supervisor;

/// How many lines may wait for stderr: 4,096, as many as connections may wait to be accepted. Further lines are lost, and
/// counted. A line has about 100 bytes, so this is half a MiB.
pub const MAX_WAITING: usize = 4096;

/// The way to the log. Hub and writers have none, because they never log.
#[derive(Clone, Debug)]
pub struct Log {
    lines: Sender<Line>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Line {
    level: Level,
    text: String,
}

impl Log {
    /// Starts the thread `log`. It ends when the last clone of this journal is dropped and all lines are written.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn start(supervisor: &Supervisor) -> io::Result<Log> {
        let (lines, inbox) = bounded(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        supervisor.spawn("log", move || write(&inbox, &counted))?;
        Ok(Log { lines, lost })
    }

    /// Hands a line to the thread `log`. Never waits: while too many lines wait for stderr, the line is lost.
    pub fn write(&self, level: Level, text: String) {
        if self.lines.try_send(Line { level, text }).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many lines wait for stderr now.
    pub fn waiting(&self) -> usize {
        self.lines.len()
    }

    /// How many lines have been lost so far.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Writes the lines, and once none waits any more, how many were lost since this was last said.
fn write(lines: &Receiver<Line>, lost: &AtomicU64) {
    let mut told = 0;
    for Line { level, text } in lines {
        log!(target: "chat_server", level, "{text}");
        let lost = lost.load(Ordering::Relaxed);
        if lines.is_empty() && lost > told {
            let missing = lost - told;
            log!(target: "chat_server", Level::Warn,
                 "{missing} lines of the log are lost: stderr took them too slowly");
            told = lost;
        }
    }
}
