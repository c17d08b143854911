//! The room over HTTP: polling, long polling, and saying lines. All of it on the connection's own thread.
//!
//! A long poll is the point of showing this: the thread simply blocks on its channel until the hub has a line.

pub mod body;
pub mod fetching;
pub mod peer;
pub mod waiters;

use std::io::ErrorKind;
use std::time::{Duration, Instant};
use std::{iter, mem};

use crossbeam_channel::{RecvTimeoutError, bounded};

use peer::has_hung_up;

use super::connection::Connection;
use super::ending::Ending;
use super::history::chunk::Numbered;
use super::http::Head;
use super::http::answer::Answer;
use super::http::no_request::NoRequest;
use super::http::page;
use super::http::query::Wanted;
use super::http::refusal::Refusal;
use super::http::request::Requests;
use super::http::route::Resource;
use super::limits::cost;
use super::limits::pace::Pace;
use super::messages::{Ask, Fetch, Post, ToHub};
use super::metrics::exposition;
use super::reply;
use super::write_half::WriteHalf;
use crate::deadline::Deadline;
use crate::line::Lines;
use crate::name::Name;

/// How long a long poll blocks at most before it looks whether its peer is still there: 5 s.
const LOOK: Duration = Duration::from_secs(5);

/// Serves requests over HTTP on one connection.
#[derive(Debug)]
pub struct Polling<'a> {
    connection: &'a Connection,
    pace: Pace,
    /// Whether the hub may know of a wait that has not been answered.
    may_wait: bool,
    /// How many lines the answer brings, in how many chunks.
    told: usize,
    chunks: usize,
}

impl<'a> Polling<'a> {
    /// Nothing served yet.
    pub fn on(connection: &'a Connection) -> Polling<'a> {
        let pace = Pace::new(connection.shared.config.lines_per_second, Instant::now());
        Polling {
            connection,
            pace,
            may_wait: false,
            told: 0,
            chunks: 0,
        }
    }

    /// Serves a request and writes its answer.
    ///
    /// # Errors
    /// [`NoRequest`] if no other request can follow it.
    pub fn serve(
        &mut self,
        head: &Head,
        resource: Resource,
        requests: &mut Requests<'_>,
        half: &mut WriteHalf,
    ) -> Result<(), NoRequest> {
        let (answer, cost) = match resource {
            Resource::Page => (page::answer(head.values("host").next()), 1),
            Resource::Options { allow } => (Answer::text(200, "up\n").with("Allow", allow), 1),
            Resource::Metrics => (exposition::answer(&self.connection.shared), 1),
            Resource::Fetch(wanted) => {
                let answer = self.fetch(wanted).map_err(|why| why.to(&head.method))?;
                (answer, cost::REQUEST)
            }
            Resource::Post(name) => {
                let lines = body::parse(&requests.body(head, half)?)?;
                let count = lines.count();
                (self.post(name, lines)?, cost::REQUEST + count)
            }
        };
        let told = mem::take(&mut self.told);
        let Connection { socket, shared, .. } = self.connection;
        let goes_on = head.persists() && !shared.is_stopping() && socket.ending().is_none();
        let answer = if goes_on { answer } else { answer.ending() };
        let answer = answer.to(&head.method);
        let answer_head = answer.head();
        let slices = iter::once(&*answer_head).chain(answer.body());
        reply::write(half, slices).map_err(NoRequest::Ending)?;
        if head.method != "HEAD" {
            socket.traffic().count_delivered(told);
        }
        if !goes_on {
            return Err(NoRequest::Ending(Ending::Served));
        }
        let cost = cost + mem::take(&mut self.chunks) / cost::CHUNKS;
        self.connection.keep_pace(&mut self.pace, cost);
        Ok(())
    }

    /// The lines that are wanted. If there is none, waits for one for as long as is wanted, or until the server stops.
    fn fetch(&mut self, wanted: Wanted) -> Result<Answer, NoRequest> {
        let (reply, replies) = bounded(1);
        let Wanted {
            since,
            until,
            room,
            wait,
        } = wanted;
        let fetch = Fetch {
            since,
            until,
            room,
            waits: wait.is_some(),
            reply,
        };
        self.may_wait |= fetch.waits;
        self.connection
            .tell(ToHub::Http(self.connection.id, Ask::Fetch(fetch)));
        let Some(wait) = wait else {
            // The hub answers with its next batch, which nothing holds up, or drops the channel at a stop.
            let lines = replies.recv().map_err(|_| Refusal::stopping())?;
            return Ok(self.lines(200, lines));
        };
        let deadline = Deadline::after(wait);
        while let Some(left) = deadline.remaining() {
            match replies.recv_timeout(left.min(LOOK)) {
                Ok(lines) => return Ok(self.lines(200, lines)),
                // The server stops, which is no mistake of whoever waits: there was just no line.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if self.peer_is_gone() => {
                    // Whoever has only said that he will send nothing more gets his answer; to others it is lost.
                    let gone = Ending::Gone(ErrorKind::UnexpectedEof);
                    self.connection.socket.end(gone);
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Ok(self.lines(200, Numbered::default()))
    }

    /// Whether nobody waits any more for what this connection waits for. The end of the stream may be our own doing: it is
    /// how a stop wakes threads that read.
    fn peer_is_gone(&self) -> bool {
        let Connection { socket, shared, .. } = self.connection;
        has_hung_up(&socket.stream) && !shared.is_stopping()
    }

    fn post(&mut self, name: Name, lines: Lines) -> Result<Answer, NoRequest> {
        let (reply, replies) = bounded(1);
        let post = Post {
            name: name.clone(),
            lines,
            reply,
        };
        self.connection
            .tell(ToHub::Http(self.connection.id, Ask::Post(post)));
        // The hub answers each post with its batch, or drops the channel at a stop.
        match replies.recv() {
            Ok(Some(receipt)) => Ok(self.lines(201, receipt)),
            Ok(None) => {
                self.connection.socket.traffic().count_refusal(409);
                let sentence = format!("Somebody in the room is called {name}.\n");
                Ok(Answer::text(409, sentence))
            }
            Err(_) => Err(Refusal::stopping().into()),
        }
    }

    fn lines(&mut self, status: u16, lines: Numbered) -> Answer {
        (self.told, self.chunks) = (lines.len(), lines.parts().len());
        Answer::lines(status, lines).with("Room", &*self.connection.shared.room)
    }
}

impl Drop for Polling<'_> {
    /// A wait ends with its connection.
    fn drop(&mut self) {
        if self.may_wait {
            self.connection
                .tell(ToHub::Http(self.connection.id, Ask::Forget));
        }
    }
}
