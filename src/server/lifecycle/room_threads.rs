//! Starts the threads that a line passes through after that of its connection: hub, keeper, writers.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use log::Level;

use crate::base::supervisor::Supervisor;
use crate::server::cluster::link::HubLink;
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::ClusterStatus;
use crate::server::config::Config;
use crate::server::connection::hooks::Hooks;
use crate::server::delivery::backlog::Backlog;
use crate::server::delivery::close_deadlines::CloseDeadlines;
use crate::server::delivery::messages::WriterMessage;
use crate::server::delivery::writer::{WAITING_BATCHES, Writer};
use crate::server::delivery::writer_state::WriterState;
use crate::server::history_file::keeper::Keeper;
use crate::server::history_file::opening::Opened;
use crate::server::history_file::transcript::Transcript;
use crate::server::hub::{Hub, WAITING_MESSAGES};
use crate::server::lifecycle::room_source::RoomSource;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;
use crate::server::room::Room;

/// What these threads need.
#[derive(Debug)]
pub(crate) struct RoomThreads<'a> {
    /// The limits.
    pub config: &'a Config,
    /// The hooks that a test has set.
    pub hooks: Hooks,
    /// The id of the room.
    pub room: RoomId,
    /// Where the threads count.
    pub metrics: &'a Metrics,
    /// Where the keeper logs.
    pub log: &'a Log,
    /// Disconnects when the server stops.
    pub stopped: &'a Receiver<Infallible>,
    /// Starts the threads.
    pub supervisor: &'a Supervisor,
}

/// How other threads reach these.
#[derive(Debug)]
pub(crate) struct RoomChannels {
    pub hub: HubLink,
    pub writers: Vec<Sender<WriterMessage>>,
    /// The id of the room.
    pub room: RoomId,
    /// Whether Redis is there, with `--redis`.
    pub cluster: Option<Arc<ClusterStatus>>,
}

impl RoomThreads<'_> {
    /// Starts them for the room from this source.
    ///
    /// # Errors
    /// The errors of starting a thread. Then the others end, because all senders to them are dropped.
    pub(crate) fn start(self, source: RoomSource) -> io::Result<RoomChannels> {
        let (writers, inboxes): (Vec<_>, Vec<_>) = (0..self.config.writers)
            .map(|_| bounded(WAITING_BATCHES))
            .unzip();
        // The hub starts before the writers. When its last sender is dropped, it ends the writers, even if one of them could
        // not start.
        let (hub, cluster) = self.start_hub(source, writers.clone())?;
        for (number, (to_writer, inbox)) in writers.iter().zip(inboxes).enumerate() {
            let writer = self.writer(to_writer);
            self.supervisor
                .spawn(&format!("writer-{number}"), move || writer.run(&inbox))?;
        }
        Ok(RoomChannels {
            hub,
            writers,
            room: self.room,
            cluster,
        })
    }

    fn start_hub(
        &self,
        source: RoomSource,
        writers: Vec<Sender<WriterMessage>>,
    ) -> io::Result<(HubLink, Option<Arc<ClusterStatus>>)> {
        let room = Room::new(self.room.get(), self.config.history);
        let hub = match source {
            RoomSource::New(_) => Hub::new(room, writers, self.hooks.on_message),
            RoomSource::File(opened) => {
                let room = room.with_past(opened.tail.first, &opened.tail.lines);
                let keeper = self.start_keeper(*opened, writers)?;
                Hub::new(room, vec![keeper], self.hooks.on_message).with_replies_in_batches()
            }
            RoomSource::Cluster(clustering) => return clustering.start(self, writers),
        };
        let (to_hub, inbox) = bounded(WAITING_MESSAGES);
        let hub = hub.with_newest_number(&self.metrics.lines);
        self.supervisor.spawn("hub", move || hub.run(&inbox))?;
        Ok((HubLink::Alone(to_hub), None))
    }

    /// Starts the keeper. To the hub, its channel is that of the only writer.
    fn start_keeper(
        &self,
        opened: Opened,
        writers: Vec<Sender<WriterMessage>>,
    ) -> io::Result<Sender<WriterMessage>> {
        let line = opened.to_string();
        let level = if opened.tail.torn > 0 {
            Level::Warn
        } else {
            Level::Info
        };
        self.log.write(level, line);
        let counters = &self.metrics.history_file;
        let transcript = Transcript::new(
            opened.file,
            opened.tail.length,
            self.config.history_file_bytes,
            Arc::clone(counters),
        );
        let keeper = Keeper::new(
            transcript,
            writers,
            self.stopped.clone(),
            self.log.clone(),
            Arc::clone(counters),
        );
        let (to_keeper, inbox) = bounded(WAITING_BATCHES);
        self.supervisor
            .spawn("keeper", move || keeper.run(&inbox))?;
        Ok(to_keeper)
    }

    fn writer(&self, inbox: &Sender<WriterMessage>) -> Writer {
        let config = self.config;
        Writer::new(WriterState {
            backlog: Backlog {
                bytes: config.backlog,
                when_full: config.when_behind,
            },
            permits: self.metrics.behind.clone(),
            inbox: inbox.clone(),
            behind: 0,
            close_deadlines: CloseDeadlines::new(
                config.close_timeout.get(),
                config.write_timeout.get(),
            ),
        })
    }
}
