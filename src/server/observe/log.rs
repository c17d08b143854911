//! The log: lines on stderr, written by the thread `log`.

use std::io;

use log::{Level, log};

use crate::base::supervisor::Supervisor;
use crate::server::observe::lossy_queue::{LossyQueue, Queued};

/// The sending end of the log. The hub and the writers do not have one, because they never log.
#[derive(Clone, Debug)]
pub struct Log {
    lines: LossyQueue<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    level: Level,
    text: String,
}

impl Log {
    /// Starts the thread `log`. The thread ends when all lines are written and the last clone of the [`Log`] is
    /// dropped.
    ///
    /// # Errors
    /// Fails if the thread cannot be started.
    pub(crate) fn start(supervisor: &Supervisor) -> io::Result<Log> {
        let lines = LossyQueue::start(supervisor, "log", |line| {
            write(line);
            Ok(())
        })?;
        Ok(Log { lines })
    }

    /// Sends a line to the thread `log`, without waiting. If too many lines already wait for stderr, this line is lost.
    pub(crate) fn write(&self, level: Level, text: String) {
        self.lines.push(Line { level, text });
    }

    /// Returns how many lines wait for stderr.
    pub(crate) fn waiting(&self) -> usize {
        self.lines.waiting()
    }

    /// Returns how many lines have been lost.
    pub(crate) fn lost(&self) -> u64 {
        self.lines.lost()
    }
}

fn write(line: Queued<Line>) {
    let Line { level, text } = match line {
        Queued::Item(line) => line,
        Queued::Lost(lost) => Line {
            level: Level::Warn,
            text: format!("{lost} log lines were lost: stderr is too slow"),
        },
    };
    log!(target: "chat_server", level, "{text}");
}
