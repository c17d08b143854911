//! Reads all that a server prints, so that the server's pipes never fill. Uses bounded memory.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::address;

/// The maximum length of a line, in bytes. A longer line is split.
const MAX_LINE: u64 = 4096;
const MAX_LINES: usize = 64;

/// The output of a process, from its start.
pub struct Output {
    /// The lines of stdout, and the lines of stderr that may announce an address. The channel disconnects when both
    /// pipes have ended.
    pub lines: Receiver<String>,
    summary: Arc<Mutex<StderrSummary>>,
}

/// The last error and the last nonempty line that a server printed on stderr.
#[derive(Default)]
struct StderrSummary {
    error: Option<String>,
    last: Option<String>,
}

impl Output {
    /// Starts a thread for each pipe. Each thread reads its pipe to the end.
    pub fn read(
        stdout: Option<impl Read + Send + 'static>,
        stderr: Option<impl Read + Send + 'static>,
    ) -> Output {
        let (sender, lines) = sync_channel(MAX_LINES);
        let summary = Arc::new(Mutex::new(StderrSummary::default()));
        let recorded = summary.clone();
        read(stdout, sender.clone(), |_| true);
        read(stderr, sender, move |line| {
            lock(&recorded).add(line);
            address::is_announced(line)
        });
        Output { lines, summary }
    }

    /// Returns the last line on stderr that reports an error, or `None` if no line does.
    pub fn error(&self) -> Option<String> {
        lock(&self.summary).error.clone()
    }

    /// Returns the last line on stderr that reports an error, or else the last nonempty line.
    pub fn last_error_or_line(&self) -> Option<String> {
        self.error().or_else(|| lock(&self.summary).last.clone())
    }
}

impl StderrSummary {
    fn add(&mut self, line: &str) {
        let lower = line.to_lowercase();
        let mut names = ["error", "panicked", "exception"].iter();
        // An indented line belongs to a stack trace, so it is not the error itself.
        if names.any(|name| lower.contains(name)) && !line.starts_with([' ', '\t']) {
            self.error = Some(line.to_owned());
        }
        if !line.trim().is_empty() {
            self.last = Some(line.to_owned());
        }
    }
}

/// Starts a thread that passes each line of a pipe to `accept`. If `accept` returns `true`, the thread also sends the
/// line to the channel. If the channel is full, the line is dropped.
fn read(
    pipe: Option<impl Read + Send + 'static>,
    lines: SyncSender<String>,
    mut accept: impl FnMut(&str) -> bool + Send + 'static,
) {
    let Some(pipe) = pipe else { return };
    let reading = move || {
        let mut pipe = BufReader::new(pipe);
        let mut lines = Some(lines);
        let mut line = Vec::new();
        let mut next = |line: &mut Vec<u8>| pipe.by_ref().take(MAX_LINE).read_until(b'\n', line);
        while next(&mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            let sent = match (accept(&text), &lines) {
                (true, Some(lines)) => Some(lines.try_send(text)),
                _ => None,
            };
            if let Some(Err(TrySendError::Disconnected(_))) = sent {
                lines = None;
            }
            line.clear();
        }
    };
    // If the thread cannot start, the judge reads nothing from this pipe.
    let _ = thread::Builder::new().spawn(reading);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
