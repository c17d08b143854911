//! The log: lines on stderr, written by one thread.
//!
//! A write to stderr blocks while nothing reads it: a full pipe, or a terminal stopped with Ctrl-S. This wait has no
//! timeout. So only the thread `log` writes, and no other thread waits for it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use log::{Level, log};

use crate::base::supervisor::Supervisor;

/// How many lines may wait for stderr: 4,096, about half a MiB. Further lines are lost, and counted.
pub const MAX_WAITING: usize = 4096;

/// The sending end of the log. The hub and the writers have none, because they never log.
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
    /// Starts the thread `log`. It ends when all lines are written and the last clone of this value is dropped.
    ///
    /// # Errors
    /// The errors of starting a thread.
    pub(crate) fn start(supervisor: &Supervisor) -> io::Result<Log> {
        let (lines, inbox) = bounded(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        supervisor.spawn("log", move || write(&inbox, &counted))?;
        Ok(Log { lines, lost })
    }

    /// Sends a line to the thread `log`, without waiting. While too many lines wait for stderr, the line is lost.
    pub(crate) fn write(&self, level: Level, text: String) {
        if self.lines.try_send(Line { level, text }).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns how many lines wait for stderr.
    pub(crate) fn waiting(&self) -> usize {
        self.lines.len()
    }

    /// Returns how many lines have been lost.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Writes the lines. When no line waits, it also writes how many were lost since the last time.
fn write(lines: &Receiver<Line>, lost: &AtomicU64) {
    let mut reported = 0;
    for Line { level, text } in lines {
        log!(target: "chat_server", level, "{text}");
        let lost = lost.load(Ordering::Relaxed);
        if lines.is_empty() && lost > reported {
            let missing = lost - reported;
            log!(target: "chat_server", Level::Warn,
                 "{missing} log lines are lost: stderr is too slow");
            reported = lost;
        }
    }
}
