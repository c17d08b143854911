//! What speaker and listeners have in common, and the events that they send.

use std::convert::Infallible;
use std::io;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};

use crate::base::deadline::Deadline;
use crate::lab::heads::Headers;
use crate::lab::transport::Overhead;
use crate::lab::websocket::WsMember;

/// One run. Each thread has a copy.
#[derive(Clone, Debug)]
pub struct Course {
    /// The value of the Host header.
    pub host: String,
    /// The headers of each request.
    pub headers: Headers,
    /// When the speaker's clock begins.
    pub begin: Instant,
    /// The time at which the run has failed.
    pub deadline: Deadline,
    /// The number of the newest line before the run.
    pub since: u64,
    /// The room whose numbers these are.
    pub room: String,
    /// How many lines will be said.
    pub lines: usize,
    /// A number that tells the lines of this run from all others.
    pub run: u32,
    /// The channel to the thread that collects.
    pub events: Sender<Event>,
    /// Disconnects if the run is given up. Pauses wait for it.
    pub stop: Receiver<Infallible>,
}

/// What a thread reports.
#[derive(Debug)]
pub enum Event {
    /// The speaker was about to say this line.
    Said(usize, Instant),
    /// This listener had this line.
    Heard(usize, usize, Instant),
    /// This listener, or the speaker as one more than there are, has done its part.
    Done(usize, io::Result<Tally>),
}

/// The result of a listener, when it has heard everything.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many requests it made.
    pub requests: u64,
    /// Bytes that it sent.
    pub up: u64,
    /// Bytes that it got.
    pub down: u64,
    /// How many of these were the text of the run's lines.
    pub text: u64,
    /// What its exchanges were besides lines.
    pub overhead: Overhead,
    /// Its place in the room, which it keeps until all others are done: its leaving is a line, too.
    pub member: Option<WsMember>,
}

impl Course {
    /// The text of a line.
    pub fn text(&self, line: usize) -> String {
        format!("({:08x}-{line}) as long as what people say", self.run)
    }

    /// Which of this run's lines that is, if it is one.
    pub fn which(&self, line: &str) -> Option<usize> {
        let (_, text) = line.split_once(&format!(": ({:08x}-", self.run))?;
        text.split_once(')')?.0.parse().ok()
    }

    /// Sends an event. It fails only if the run has been given up.
    pub fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}
