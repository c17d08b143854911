//! The subscriber: a thread that reads the log and passes its entries to the hub.
//!
//! It blocks on the Redis socket, on a busy hub's channel, in pauses before a retry, and on the publisher during a
//! switch of runs. If entries are lost, or if the other servers have dropped this server, the subscriber enters the
//! room again.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use redis::RedisError;

use crate::server::cluster::enter::{EnterError, Entered, enter};
use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{RoomEvent, RoomOptions, ServerId};
use crate::server::cluster::hub::stopping::STOP_TIMEOUT;
use crate::server::cluster::log_message::LogMessage;
use crate::server::cluster::publisher::{RETRY_INTERVAL, Run, RunSwitch};
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::ConnectionStatus;
use crate::server::cluster::stream::LogStream;
use crate::server::config::redis_url::RedisUrl;

/// How long a read waits for an entry: 0.4 s. After that, the subscriber checks whether the server is stopping.
const WAIT: Duration = Duration::from_millis(400);

/// Reads the log, and passes its entries to the hub.
pub struct Subscriber {
    /// The URL of Redis.
    pub url: RedisUrl,
    /// The options of this server that affect the room.
    pub options: RoomOptions,
    /// The id of this run of the server.
    pub server: ServerId,
    /// The id of the last entry that was read.
    pub position: EntryId,
    /// The id of the room, shared with all connections.
    pub room_id: RoomId,
    /// The channel of the hub.
    pub hub: Sender<LogMessage>,
    /// Receives the id of this run if the other servers have dropped it, or if one of its entries is lost.
    pub restart: Receiver<ServerId>,
    /// The channel that passes each new run to the publisher.
    pub run_switches: Sender<RunSwitch>,
    /// The state of this thread's connection to Redis.
    pub status: ConnectionStatus,
    /// Disconnects when the server stops.
    pub stop: Receiver<Infallible>,
    /// When the subscriber noticed that the server is stopping, or `None` if it has not.
    pub stopping_since: Option<Instant>,
}

/// Why the subscriber stopped reading.
enum Interruption {
    /// Redis is unreachable, or its reply is an error or malformed.
    Unreachable(RedisError),
    /// The server must enter the room again.
    MustReenter {
        reason: &'static str,
        /// Whether the room must end, because its last entries are lost.
        is_lost: bool,
    },
    /// The server is stopping.
    Stopping,
}

impl From<RedisError> for Interruption {
    fn from(error: RedisError) -> Interruption {
        Interruption::Unreachable(error)
    }
}

impl Subscriber {
    /// Reads the log until the server stops.
    pub fn run(mut self) {
        loop {
            let mut was_connected = false;
            let Err(interruption) = self.follow(&mut was_connected);
            let error = match interruption {
                Interruption::Stopping => return,
                // The failure may be temporary, so connect again without a pause.
                Interruption::Unreachable(_) if was_connected => continue,
                Interruption::Unreachable(error) => EnterError::Redis(error),
                Interruption::MustReenter { reason, is_lost } => {
                    match self.enter(reason, is_lost) {
                        Ok(()) => continue,
                        Err(error) => error,
                    }
                }
            };
            self.status.lost(&error);
            if self.stop.recv_timeout(RETRY_INTERVAL) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Connects, and passes entries on until an [`Interruption`]. Sets `is_connected` once `check` succeeds.
    fn follow(&mut self, is_connected: &mut bool) -> Result<Infallible, Interruption> {
        let mut stream = LogStream::connect(&self.url)?;
        self.check(&mut stream)?;
        *is_connected = true;
        self.status.restored();
        loop {
            if self.restart.try_recv() == Ok(self.server) {
                let reason =
                    "the other servers have dropped this one, or one of its entries is lost";
                return Err(Interruption::MustReenter {
                    reason,
                    is_lost: false,
                });
            }
            let (page, oldest) = stream.read(self.position, Some(WAIT))?;
            check_oldest(oldest, self.position)?;
            let mut entries = Vec::with_capacity(page.len());
            let mut is_end = self.is_stop_overdue();
            for (id, entry) in page {
                self.position = id;
                if let Some(entry) = entry {
                    is_end |= entry.server == self.server && entry.event == RoomEvent::Stop;
                    entries.push((id, entry));
                }
            }
            let count = entries.len() as u64;
            self.status
                .shared()
                .read
                .fetch_add(count, Ordering::Relaxed);
            if count > 0 && self.hub.send(LogMessage::Entries(entries)).is_err() || is_end {
                return Err(Interruption::Stopping);
            }
        }
    }

    /// Returns whether this server's own `Stop` entry is overdue.
    fn is_stop_overdue(&mut self) -> bool {
        if self.stop.try_recv() != Err(TryRecvError::Disconnected) {
            return false;
        }
        let since = *self.stopping_since.get_or_insert_with(Instant::now);
        since.elapsed() > STOP_TIMEOUT
    }

    /// Checks that the log still has the last entry that was read.
    fn check(&self, stream: &mut LogStream) -> Result<(), Interruption> {
        check_oldest(stream.oldest()?, self.position)?;
        if stream.has(self.position)? {
            return Ok(());
        }
        let reason = "Redis has lost the last entries of the log, so this is another room";
        Err(Interruption::MustReenter {
            reason,
            is_lost: true,
        })
    }

    /// Enters the room as a new run of this server. The publisher switches to that run first, and the hub second.
    ///
    /// The hub turns away a client that joins during the switch, but the client's join may still reach the log. So a
    /// Leave follows when the client's connection ends.
    fn enter(&mut self, reason: &'static str, is_lost: bool) -> Result<(), EnterError> {
        let ends = is_lost.then(|| self.room_id.get().to_string());
        let mut stream = LogStream::connect(&self.url)?;
        let Entered {
            membership,
            position,
            start,
        } = enter(&mut stream, self.options, Some(self.server), ends)?;
        (self.server, self.position) = (membership.server, position);
        let (done, is_done) = bounded(0);
        let run = Run {
            server: membership.server,
            start,
        };
        // This fails only if the server is stopping.
        let _ = self.run_switches.send(RunSwitch { run, done });
        let _ = is_done.recv();
        self.status.shared().restarted(reason);
        let _ = self.hub.send(LogMessage::Restarted(Box::new(membership)));
        Ok(())
    }
}

/// Checks that the log has all entries after `position`: its oldest entry must not be newer.
fn check_oldest(oldest: Option<EntryId>, position: EntryId) -> Result<(), Interruption> {
    let reason = match oldest {
        None => "the log in Redis is empty, so this is another room",
        Some(oldest) if oldest > position => {
            "the log in Redis no longer has the next entries for this server"
        }
        Some(_) => return Ok(()),
    };
    Err(Interruption::MustReenter {
        reason,
        is_lost: false,
    })
}
