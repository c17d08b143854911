//! The thread `keeper`: it passes on a batch only when that batch's lines and all earlier lines are on the disk.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use log::Level;

use crate::base::receive::receive;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::history_file::group::Group;
use crate::server::history_file::storage::Storage;
use crate::server::history_file::transcript::Transcript;
use crate::server::history_file::unstored;
use crate::server::observe::history_counters::HistoryCounters;
use crate::server::observe::log::Log;

/// How long to wait before a retry after the disk has failed: 250 ms. An immediate retry would probably fail, too.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// The thread between the hub and the writers, which stores the room's lines on the disk.
#[derive(Debug)]
pub(crate) struct Keeper<S: Storage> {
    transcript: Transcript<S>,
    batches: OutgoingBatches,
    /// Disconnects when the server stops.
    stop: Receiver<Infallible>,
    /// Where the keeper reports that the disk fails. Writing to it never blocks.
    log: Log,
    counters: Arc<HistoryCounters>,
    /// How many lines the keeper could not store at a stop. After the first of them, it stores no more lines:
    /// otherwise, the file would have a gap.
    unstored: u64,
}

impl<S: Storage> Keeper<S> {
    /// Creates a keeper for a file and the writers' channels. If `stop` disconnects, a waiting retry starts at once.
    pub(crate) fn new(
        transcript: Transcript<S>,
        writers: Vec<Sender<WriterMessage>>,
        stop: Receiver<Infallible>,
        log: Log,
        counters: Arc<HistoryCounters>,
    ) -> Keeper<S> {
        Keeper {
            transcript,
            batches: OutgoingBatches::new(writers),
            stop,
            log,
            counters,
            unstored: 0,
        }
    }

    /// Stores the lines that the hub sends, and passes the hub's batches on, until the hub ends. Then ends the writers.
    ///
    /// Blocks on its own channel, on the disk, in pauses before retries, and while a writer's channel is full.
    pub(crate) fn run(mut self, inbox: &Receiver<WriterMessage>) {
        while let Ok(first) = receive(inbox, None) {
            let mut group = Group::take(first, inbox);
            if self.unstored > 0 || !self.store(&group.lines) {
                self.unstored += group.count;
                self.counters.count_unstored(group.count);
                group.commands = unstored::strip_lines(group.commands);
            }
            self.pass_on(group.commands);
            if group.is_last {
                break;
            }
        }
    }

    /// Stores lines on the disk, with retries. Returns `false` if the disk still fails when the server stops.
    fn store(&mut self, lines: &[u8]) -> bool {
        if lines.is_empty() {
            return true;
        }
        self.counters.begin_commit();
        if let Err(error) = self.transcript.rotate_if_due() {
            let line = format!("the history file grows beyond its limit: {error}");
            self.log.write(Level::Warn, line);
        }
        let start = Instant::now();
        let mut reported = None;
        loop {
            // Check for the stop before the commit, so that one more attempt follows the stop.
            let is_last = self.stop.try_recv() == Err(TryRecvError::Disconnected);
            match self.transcript.commit(lines) {
                Ok(()) => {
                    self.on_stored(start, reported.is_some());
                    return true;
                }
                Err(error) => self.on_failure(&error, &mut reported),
            }
            if is_last {
                return false;
            }
            // A stop ends the pause.
            let _ = self.stop.recv_timeout(RETRY_INTERVAL);
        }
    }

    /// Reports a failure, unless the last report was about the same kind of error.
    fn on_failure(&mut self, error: &io::Error, reported: &mut Option<io::ErrorKind>) {
        self.counters.begin_stall();
        if *reported != Some(error.kind()) {
            let line = format!(
                "cannot store lines in the history file: {error}; the room waits until this succeeds"
            );
            self.log.write(Level::Error, line);
        }
        *reported = Some(error.kind());
    }

    fn on_stored(&mut self, start: Instant, has_failed: bool) {
        self.counters.end_commit();
        if has_failed {
            let waited = start.elapsed().as_secs_f64();
            let line =
                format!("the history file stores lines again; the room waited {waited:.1} s");
            self.log.write(Level::Warn, line);
        }
    }

    /// Passes commands on to their writers. Waits while a writer's channel is full.
    fn pass_on(&mut self, commands: Vec<WriterCommand>) {
        for command in commands {
            match command {
                WriterCommand::Broadcast(block) => self.batches.push_broadcast(&block),
                WriterCommand::One { client, command } => {
                    self.batches.push_command(client, command)
                }
                WriterCommand::Stop => self.batches.push_stop(),
            }
        }
        self.batches.send();
    }
}

impl<S: Storage> Drop for Keeper<S> {
    /// Logs how many lines are lost, if any, and tells the writers to end. This happens even after a panic of this
    /// thread or of the hub.
    fn drop(&mut self) {
        if self.unstored > 0 {
            let line = format!(
                "the server stops, and {}",
                unstored::lost_lines_message(self.unstored)
            );
            self.log.write(Level::Error, line);
        }
        self.batches.finish();
    }
}
