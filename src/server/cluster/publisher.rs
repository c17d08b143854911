//! The publisher: a thread that writes this server's entries to the log.
//!
//! With one call, it writes the events that wait in its channel, so a busy server makes few calls. It blocks on its
//! channels while there is nothing to write and in the pause before a retry. Otherwise, it blocks on the Redis socket.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, select};
use redis::RedisError;

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{LogEntry, RoomEvent, ServerId};
use crate::server::cluster::status::ConnectionStatus;
use crate::server::cluster::stream::LogStream;
use crate::server::config::redis_url::RedisUrl;

/// A server that has written nothing for 5 s writes a heartbeat. The other servers drop a server after 15 s of silence.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);

/// How long to wait before another attempt to reach Redis: 0.25 s.
pub const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// The maximum number of entries in one write: 512.
const MAX_WRITE_ENTRIES: usize = 512;

/// The size at which a write gets no further entries: 1 MiB.
const MAX_WRITE_BYTES: u64 = 1024 * 1024;

/// The run of this server whose entries the publisher writes.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The id of the run.
    pub server: ServerId,
    /// The id of the run's start entry.
    pub start: EntryId,
}

/// A switch to a new run of this server.
#[derive(Debug)]
pub struct RunSwitch {
    /// The new run.
    pub run: Run,
    /// The publisher drops this sender once it has switched to the new run.
    pub done: Sender<Infallible>,
}

/// Writes the entries of this server.
pub struct Publisher {
    url: RedisUrl,
    status: ConnectionStatus,
    /// Disconnects when the server stops.
    stop: Receiver<Infallible>,
    run_switches: Receiver<RunSwitch>,
    stream: Option<LogStream>,
    server: ServerId,
    /// The number of the next entry.
    next: u64,
    /// The entries that Redis has not confirmed, oldest first.
    unconfirmed: VecDeque<LogEntry>,
    /// The id of the last entry that Redis has confirmed.
    confirmed: EntryId,
    written_at: Instant,
    /// Whether this publisher has stopped, and drops further events.
    has_stopped: bool,
}

impl Publisher {
    /// Makes a publisher for a run of this server.
    pub fn new(
        url: RedisUrl,
        status: ConnectionStatus,
        stop: Receiver<Infallible>,
        run_switches: Receiver<RunSwitch>,
        run: Run,
    ) -> Publisher {
        Publisher {
            url,
            status,
            stop,
            run_switches,
            stream: None,
            server: run.server,
            next: 1,
            unconfirmed: VecDeque::new(),
            confirmed: run.start,
            written_at: Instant::now(),
            has_stopped: false,
        }
    }

    /// Writes events until the last sender is gone. Once the subscriber has ended, drops them instead.
    pub fn run(mut self, inbox: &Receiver<RoomEvent>) {
        let run_switches = self.run_switches.clone();
        loop {
            let due = HEARTBEAT_INTERVAL.saturating_sub(self.written_at.elapsed());
            select! {
                recv(inbox) -> event => match event {
                    Ok(event) => self.number_waiting(event, inbox),
                    Err(_) => return,
                },
                recv(run_switches) -> run_switch => match run_switch {
                    Ok(run_switch) => self.switch_run(run_switch, inbox),
                    // The subscriber has ended, so the server is stopping.
                    Err(_) => return self.discard(inbox),
                },
                default(due) => self.number(RoomEvent::Alive),
            }
            self.write(inbox);
        }
    }

    /// Numbers an event and the events that wait in `inbox`, until one write is full.
    fn number_waiting(&mut self, event: RoomEvent, inbox: &Receiver<RoomEvent>) {
        let mut bytes = 0;
        let mut next = Some(event);
        while let Some(event) = next {
            bytes += event.size();
            self.number(event);
            let is_full = bytes >= MAX_WRITE_BYTES || self.unconfirmed.len() >= MAX_WRITE_ENTRIES;
            next = if is_full { None } else { inbox.try_recv().ok() };
        }
    }

    fn number(&mut self, event: RoomEvent) {
        if self.has_stopped {
            return;
        }
        let entry = LogEntry {
            server: self.server,
            number: self.next,
            event,
        };
        self.next += 1;
        self.unconfirmed.push_back(entry);
    }

    /// Writes the unconfirmed entries. While Redis is unreachable, retries until the server stops, and then drops them.
    fn write(&mut self, inbox: &Receiver<RoomEvent>) {
        self.written_at = Instant::now();
        while !self.unconfirmed.is_empty() {
            let had_stream = self.stream.is_some();
            match self.try_write() {
                Ok(()) => self.status.restored(),
                // The connection may have broken long ago. A new one may work, so retry without a pause.
                Err(_) if had_stream => {}
                Err(error) => {
                    self.status.lost(&error);
                    self.wait_before_retry(inbox);
                }
            }
        }
    }

    fn wait_before_retry(&mut self, inbox: &Receiver<RoomEvent>) {
        match self.run_switches.recv_timeout(RETRY_INTERVAL) {
            Ok(run_switch) => self.switch_run(run_switch, inbox),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.has_stopped = true,
        }
        // A stop does not wait for an unreachable Redis.
        self.has_stopped |= self.stop.try_recv() == Err(TryRecvError::Disconnected);
        if self.has_stopped {
            self.unconfirmed.clear();
        }
    }

    fn try_write(&mut self) -> Result<(), RedisError> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        let entries = self.unconfirmed.make_contiguous();
        if entries.is_empty() {
            return Ok(());
        }
        let ids = stream.append(entries)?;
        let has_stopped = entries.iter().any(|entry| entry.event == RoomEvent::Stop);
        self.status
            .shared()
            .written
            .fetch_add(entries.len() as u64, Ordering::Relaxed);
        self.unconfirmed.clear();
        self.confirmed = ids.last().copied().unwrap_or(self.confirmed);
        self.stream = Some(stream);
        self.has_stopped |= has_stopped;
        Ok(())
    }

    /// Connects, and drops the unconfirmed entries that are already in the log: only their replies were lost.
    ///
    /// An entry from the old connection may still arrive after this check, so it can be in the log twice. Its number
    /// ensures that it counts only once.
    fn connect(&mut self) -> Result<LogStream, RedisError> {
        let mut stream = LogStream::connect(&self.url)?;
        if let Some(last) = stream.last_number(self.server, self.confirmed)? {
            self.unconfirmed.retain(|entry| entry.number > last);
        }
        Ok(stream)
    }

    /// Switches to a new run of this server. Events of the former run are dropped: its clients are no longer members.
    fn switch_run(&mut self, run_switch: RunSwitch, inbox: &Receiver<RoomEvent>) {
        self.unconfirmed.clear();
        for _void in inbox.try_iter().take(inbox.len()) {}
        self.server = run_switch.run.server;
        self.next = 1;
        self.confirmed = run_switch.run.start;
    }

    /// Drops all events until the last sender is gone, so that no sender waits for this thread.
    fn discard(&mut self, inbox: &Receiver<RoomEvent>) {
        self.has_stopped = true;
        for _void in inbox {}
    }
}
