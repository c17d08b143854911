//! The speaker, and the listeners, which receive its lines by three techniques. Each technique is a short loop of blocking calls.

use std::io;
use std::time::{Duration, Instant};

use crate::base::line;
use crate::lab::http::HttpConnection;
use crate::lab::run_context::{RunContext, RunEvent, Tally};
use crate::lab::websocket::WsMember;

/// How long the server is asked to wait for a line: 30 s, as RFC 6202, section 5.5, advises.
const WAIT: Duration = Duration::from_secs(30);

/// A client that receives the lines of a run, and reports when each one arrives.
#[derive(Debug)]
pub(crate) struct Listener<'a> {
    context: &'a RunContext,
    number: usize,
    newest: u64,
    lines_left: usize,
    text: u64,
}

impl<'a> Listener<'a> {
    /// Returns a listener that has received no line of the run yet.
    pub(crate) fn new(context: &'a RunContext, number: usize) -> Listener<'a> {
        Listener {
            context,
            number,
            newest: context.since,
            lines_left: context.lines,
            text: 0,
        }
    }

    fn has_received_all(&self) -> bool {
        self.lines_left == 0
    }

    fn receive(&mut self, line: &str, at: Instant) {
        self.newest = line::number(line).unwrap_or(self.newest);
        if let Some(index) = self.context.index(line) {
            self.lines_left -= self.lines_left.min(1);
            self.text += line.len() as u64;
            self.context.send(RunEvent::Received {
                listener: self.number,
                line: index,
                at,
            });
        }
    }

    /// Returns the request target for all lines that are new to this listener.
    fn target(&self) -> String {
        format!("/lines?since={}&room={}", self.newest, self.context.room)
    }

    /// Sends a request, and handles the lines in the response.
    fn fetch(&mut self, connection: &mut HttpConnection, target: &str) -> io::Result<()> {
        let request = self.context.headers.get(target, &self.context.host);
        let response = connection.get(&request)?;
        let at = Instant::now();
        for line in response.body.lines() {
            self.receive(line, at);
        }
        Ok(())
    }

    fn tally(&self, connection: &HttpConnection) -> Tally {
        Tally {
            requests: connection.requests,
            up: connection.stream.up,
            down: connection.stream.down,
            text: self.text,
            overhead: connection.overhead,
            member: None,
        }
    }

    /// Polls: requests lines once in each interval, whether there are any or not.
    ///
    /// # Errors
    /// Fails if a request fails, or with `Interrupted` if the run is aborted.
    pub(crate) fn poll(
        mut self,
        mut connection: HttpConnection,
        interval: Duration,
    ) -> io::Result<Tally> {
        let mut next = self.context.begin + interval;
        while !self.has_received_all() {
            if self.context.stop.recv_deadline(next)
                != Err(crossbeam_channel::RecvTimeoutError::Timeout)
            {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let target = self.target();
            self.fetch(&mut connection, &target)?;
            // If a response took longer than the interval, the next request is sent at the next multiple of the
            // interval, as with a timer.
            while next <= Instant::now() {
                next += interval;
            }
        }
        Ok(self.tally(&connection))
    }

    /// Long-polls: sends a new request after each response. The server responds when it has a new line, or after
    /// [`WAIT`].
    ///
    /// # Errors
    /// Fails if a request fails.
    pub(crate) fn long_poll(mut self, mut connection: HttpConnection) -> io::Result<Tally> {
        while !self.has_received_all() {
            let target = format!("{}&wait={}", self.target(), WAIT.as_secs());
            self.fetch(&mut connection, &target)?;
        }
        Ok(self.tally(&connection))
    }

    /// Receives lines over a WebSocket, without further requests.
    ///
    /// # Errors
    /// Fails if the connection fails or ends, if a frame is invalid, or if the deadline passes.
    pub(crate) fn listen(mut self, mut member: WsMember) -> io::Result<Tally> {
        let stream = member.stream();
        let opening = stream.up + stream.down;
        while !self.has_received_all() {
            let line = member.receive()?;
            self.receive(&line, Instant::now());
        }
        let stream = member.stream();
        let mut tally = Tally {
            requests: 1,
            up: stream.up,
            down: stream.down,
            text: self.text,
            ..Tally::default()
        };
        tally.overhead.opening = opening;
        tally.member = Some(member);
        Ok(tally)
    }
}

/// Says each line at its time. In between, reads and discards what arrives.
///
/// # Errors
/// Fails if the socket fails, the connection ends, a frame is invalid, or the deadline passes.
pub(crate) fn speak(
    context: &RunContext,
    mut member: WsMember,
    times: &[Duration],
) -> io::Result<Tally> {
    for (line, time) in times.iter().enumerate() {
        member.receive_until(context.begin + *time)?;
        member.stream().set_deadline(context.deadline);
        let now = Instant::now();
        member.say(&context.text(line))?;
        context.send(RunEvent::Sent { line, at: now });
    }
    Ok(Tally {
        member: Some(member),
        ..Tally::default()
    })
}
