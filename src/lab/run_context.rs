//! The values that the speaker and the listeners share, and the events that they send.

use std::convert::Infallible;
use std::io;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};

use crate::base::deadline::Deadline;
use crate::lab::heads::Headers;
use crate::lab::technique::Overhead;
use crate::lab::websocket::WsMember;

/// The parameters of a run. Each thread has a copy.
#[derive(Clone, Debug)]
pub(crate) struct RunContext {
    /// The value of the Host header.
    pub host: String,
    pub headers: Headers,
    /// When the speaker's schedule begins.
    pub begin: Instant,
    /// The time at which the run fails if it has not ended.
    pub deadline: Deadline,
    /// The number of the newest line before the run.
    pub since: u64,
    /// The id of the room that the number `since` belongs to.
    pub room: String,
    /// How many lines will be said.
    pub lines: usize,
    /// A number that distinguishes the lines of this run from all others.
    pub run: u32,
    /// The channel to the collecting thread.
    pub events: Sender<RunEvent>,
    /// Disconnects when the run ends or is aborted. Between polls, a listener waits on this channel.
    pub stop: Receiver<Infallible>,
}

/// An event that a thread reports.
#[derive(Debug)]
pub enum RunEvent {
    /// The speaker has said a line. `at` is the time just before the line was sent.
    Sent { line: usize, at: Instant },
    /// A listener has received a line.
    Received {
        listener: usize,
        line: usize,
        at: Instant,
    },
    /// A thread is done. The speaker's number follows the number of the last listener.
    Done {
        thread: usize,
        tally: io::Result<Tally>,
    },
}

/// The result of a listener that has received all lines, or of the speaker.
#[derive(Debug, Default)]
pub struct Tally {
    pub requests: u64,
    pub up: u64,
    pub down: u64,
    /// How many of the received bytes belong to lines of the run. A line's number and name count too.
    pub text: u64,
    /// The bytes of one request and its response, or of the opening, without the lines.
    pub overhead: Overhead,
    /// The thread's WebSocket, if it has one. It stays open until all listeners are done. Otherwise they would receive
    /// a leave notice, which is a line too.
    pub member: Option<WsMember>,
}

impl RunContext {
    pub(crate) fn text(&self, line: usize) -> String {
        format!("({:08x}-{line}) as long as what people say", self.run)
    }

    /// Returns the index of a line of this run, or `None` for another line.
    pub(crate) fn index(&self, line: &str) -> Option<usize> {
        let (_, text) = line.split_once(&format!(": ({:08x}-", self.run))?;
        text.split_once(')')?.0.parse().ok()
    }

    /// Sends an event. If the run has been aborted, the event is dropped.
    pub(crate) fn send(&self, event: RunEvent) {
        let _ = self.events.send(event);
    }
}
