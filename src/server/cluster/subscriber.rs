//! The subscriber: a thread that reads the log and passes its entries to the hub.
//!
//! It blocks in the socket of Redis, and in the channel of a hub that is busy. It also checks that the log is still the one that
//! it has read. If not, or if the others have dropped this server, it joins anew.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use redis::RedisError;

use crate::server::cluster::enter::{EnterError, Entrance, enter};
use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{Event, RoomOptions, ServerId};
use crate::server::cluster::hub::losing::MAX_WAIT_AT_STOP;
use crate::server::cluster::log_message::LogMessage;
use crate::server::cluster::publisher::{Handover, RETRY, Run};
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::ConnectionStatus;
use crate::server::cluster::stream::LogStream;
use crate::server::config::redis_url::RedisUrl;

/// How long a read waits for an entry: 0.4 s. Then the subscriber checks whether the server stops.
const WAIT: Duration = Duration::from_millis(400);

/// Reads the log.
pub struct Subscriber {
    /// Where Redis is.
    pub url: RedisUrl,
    /// The options of this server that decide what the room does.
    pub options: RoomOptions,
    /// This run of the server.
    pub server: ServerId,
    /// The last entry that was read.
    pub position: EntryId,
    /// The room that was read.
    pub room_id: RoomId,
    /// To the hub.
    pub hub: Sender<LogMessage>,
    /// The hub says here that this server is gone for the others.
    pub restart: Receiver<ServerId>,
    /// To the publisher.
    pub handovers: Sender<Handover>,
    /// Whether Redis is there.
    pub status: ConnectionStatus,
    /// Disconnects when the server stops.
    pub stop: Receiver<Infallible>,
    /// Since when the server stops.
    pub stopping_since: Option<Instant>,
}

/// Why the subscriber does not read on.
enum Interruption {
    /// Redis is away.
    Away(RedisError),
    /// The server must take part anew.
    Anew {
        why: &'static str,
        /// Whether entries of the log are lost, so that the room ends.
        is_lost: bool,
    },
    /// The server ends.
    End,
}

impl From<RedisError> for Interruption {
    fn from(error: RedisError) -> Interruption {
        Interruption::Away(error)
    }
}

impl Subscriber {
    /// Reads until the server ends.
    pub fn run(mut self) {
        loop {
            let mut was_connected = false;
            let Err(interruption) = self.follow(&mut was_connected);
            let error = match interruption {
                Interruption::End => return,
                // The connection may have ended for no reason that lasts.
                Interruption::Away(_) if was_connected => continue,
                Interruption::Away(error) => EnterError::Redis(error),
                Interruption::Anew { why, is_lost } => match self.enter(why, is_lost) {
                    Ok(()) => continue,
                    Err(error) => error,
                },
            };
            self.status.lost(&error);
            if self.stop.recv_timeout(RETRY) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Connects, and passes entries on for as long as this goes well.
    fn follow(&mut self, is_connected: &mut bool) -> Result<Infallible, Interruption> {
        let mut stream = LogStream::connect(&self.url)?;
        self.check(&mut stream)?;
        *is_connected = true;
        self.status.restored();
        loop {
            if self.restart.try_recv() == Ok(self.server) {
                let why = "this server was away for so long that it is gone for the others";
                return Err(Interruption::Anew {
                    why,
                    is_lost: false,
                });
            }
            let (page, oldest) = stream.read(self.position, Some(WAIT))?;
            check_oldest(oldest, self.position)?;
            let mut entries = Vec::with_capacity(page.len());
            let mut is_end = self.has_stopped_for_long();
            for (id, entry) in page {
                self.position = id;
                if let Some(entry) = entry {
                    is_end |= entry.server == self.server && entry.event == Event::Stop;
                    entries.push((id, entry));
                }
            }
            let count = entries.len() as u64;
            self.status
                .shared()
                .read
                .fetch_add(count, Ordering::Relaxed);
            if count > 0 && self.hub.send(LogMessage::Entries(entries)).is_err() || is_end {
                return Err(Interruption::End);
            }
        }
    }

    /// Returns whether the own entry that ends this server should have come long ago.
    fn has_stopped_for_long(&mut self) -> bool {
        if self.stop.try_recv() != Err(TryRecvError::Disconnected) {
            return false;
        }
        let since = *self.stopping_since.get_or_insert_with(Instant::now);
        since.elapsed() > MAX_WAIT_AT_STOP
    }

    /// Checks that the log still has what was read.
    fn check(&self, stream: &mut LogStream) -> Result<(), Interruption> {
        check_oldest(stream.oldest()?, self.position)?;
        if stream.has(self.position)? {
            return Ok(());
        }
        let why = "Redis has lost the last entries of the log, so this is another room";
        Err(Interruption::Anew { why, is_lost: true })
    }

    /// Takes part as another run of this server, first in the publisher and then in the hub.
    ///
    /// A client that joins in between is void in the hub, but not in the log. There it leaves when its connection ends.
    fn enter(&mut self, why: &'static str, is_lost: bool) -> Result<(), EnterError> {
        let ends = is_lost.then(|| self.room_id.get().to_string());
        let mut stream = LogStream::connect(&self.url)?;
        let Entrance {
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
        // It fails only if the server ends.
        let _ = self.handovers.send(Handover { run, done });
        let _ = is_done.recv();
        self.status.shared().restarted(why);
        let _ = self.hub.send(LogMessage::Restarted(Box::new(membership)));
        Ok(())
    }
}

/// Checks that no entry between the oldest one and the position was removed unread.
fn check_oldest(oldest: Option<EntryId>, position: EntryId) -> Result<(), Interruption> {
    let why = match oldest {
        None => "the log in Redis is empty, so this is another room",
        Some(oldest) if oldest > position => {
            "the log in Redis begins after what this server has read"
        }
        Some(_) => return Ok(()),
    };
    Err(Interruption::Anew {
        why,
        is_lost: false,
    })
}
