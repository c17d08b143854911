//! How a server takes part in a room of several servers, and starts the threads for that.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::supervisor::Supervisor;
use crate::server::cluster::enter::{EnterError, Entrance, enter};
use crate::server::cluster::event::RoomOptions;
use crate::server::cluster::hub::ClusterHub;
use crate::server::cluster::hub::setup::ClusterHubSetup;
use crate::server::cluster::link::{ClusterLink, HubLink};
use crate::server::cluster::publisher::Publisher;
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::{ClusterStatus, ConnectionStatus};
use crate::server::cluster::stream::LogStream;
use crate::server::cluster::subscriber::Subscriber;
use crate::server::config::Config;
use crate::server::config::redis_url::RedisUrl;
use crate::server::delivery::messages::WriterMessage;
use crate::server::hub::WAITING_MESSAGES;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;

/// How many pages of entries may wait for the hub: 2. Then the subscriber waits, and Redis keeps the rest.
const WAITING_PAGES: usize = 2;

/// A server that takes part and has no threads yet.
#[derive(Debug)]
pub struct Clustering {
    url: RedisUrl,
    options: RoomOptions,
    entrance: Entrance,
}

/// What the threads of a cluster need.
#[derive(Debug)]
pub struct ClusterContext<'a> {
    /// The options.
    pub config: &'a Config,
    /// To the writers.
    pub writers: Vec<Sender<WriterMessage>>,
    /// Where connections read the id of the room.
    pub room_id: RoomId,
    /// The counters.
    pub metrics: &'a Metrics,
    /// The log of this server.
    pub log: &'a Log,
    /// Disconnects when the server stops.
    pub stop: &'a Receiver<Infallible>,
}

impl Clustering {
    /// Takes part in the room of `--redis`, if the option is there.
    ///
    /// # Errors
    /// A sentence if Redis is away, or if the room does not let this server in.
    pub fn enter(config: &Config) -> io::Result<Option<Clustering>> {
        let Some(url) = config.redis.clone() else {
            return Ok(None);
        };
        let options = RoomOptions {
            history: config.history,
            max_message: config.max_message,
        };
        let stream = LogStream::connect(&url).map_err(EnterError::from);
        let entrance = stream.and_then(|mut stream| enter(&mut stream, options, None, None));
        Ok(Some(Clustering {
            url,
            options,
            entrance: entrance.map_err(io::Error::other)?,
        }))
    }

    /// Returns the id of the room.
    pub fn room_id(&self) -> Arc<str> {
        Arc::clone(self.entrance.membership.replica.room().id())
    }

    /// Starts the hub, the publisher and the subscriber.
    ///
    /// # Errors
    /// The errors of starting a thread.
    pub fn start(
        self,
        context: ClusterContext<'_>,
        supervisor: &Supervisor,
    ) -> io::Result<(HubLink, Arc<ClusterStatus>)> {
        let Entrance {
            membership,
            position,
            start,
        } = self.entrance;
        let (to_hub, local) = bounded(WAITING_MESSAGES);
        let (to_publisher, events) = bounded(WAITING_MESSAGES);
        let (pages, log) = bounded(WAITING_PAGES);
        let (restart, restarts) = bounded(1);
        let (handover, handovers) = bounded(1);
        let status = Arc::new(ClusterStatus::new(context.log.clone()));
        let server = membership.server;
        let publisher = Publisher::new(
            self.url.clone(),
            ConnectionStatus::new(&status),
            context.stop.clone(),
            handovers,
            server,
            start,
        );
        let subscriber = Subscriber {
            url: self.url,
            options: self.options,
            server,
            position,
            room_id: context.room_id.clone(),
            hub: pages,
            restart: restarts,
            handovers: handover,
            status: ConnectionStatus::new(&status),
            stop: context.stop.clone(),
            stopping_since: None,
        };
        let timeouts = (context.config.write_timeout, context.config.close_timeout);
        let hub = ClusterHub::new(ClusterHubSetup {
            membership,
            writers: context.writers,
            publisher: to_publisher.clone(),
            restart,
            room_id: context.room_id,
            newest: Arc::clone(&context.metrics.lines),
            time_to_leave: timeouts.0.get() + timeouts.1.get(),
        });
        // The hub starts first: it ends the writers, even if a later thread cannot start.
        supervisor.spawn("hub", move || hub.run(&local, log))?;
        supervisor.spawn("publisher", move || publisher.run(&events))?;
        supervisor.spawn("subscriber", move || subscriber.run())?;
        let link = ClusterLink {
            hub: to_hub,
            publisher: to_publisher,
        };
        Ok((HubLink::Clustered(link), status))
    }
}
