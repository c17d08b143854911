//! How a server enters a room that several servers share, and starts the threads of that room.

use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::server::cluster::enter::{EnterError, Entered, enter};
use crate::server::cluster::event::{RoomEvent, RoomOptions, ServerId};
use crate::server::cluster::hub::ClusterHub;
use crate::server::cluster::hub::setup::ClusterHubSetup;
use crate::server::cluster::link::{ClusterLink, HubLink};
use crate::server::cluster::log_message::{LogMessage, ServerMembership};
use crate::server::cluster::publisher::{Publisher, Run};
use crate::server::cluster::status::{ClusterStatus, ConnectionStatus};
use crate::server::cluster::stream::LogStream;
use crate::server::cluster::subscriber::Subscriber;
use crate::server::config::Config;
use crate::server::config::redis_url::RedisUrl;
use crate::server::delivery::messages::WriterMessage;
use crate::server::hub::MAX_WAITING_MESSAGES;
use crate::server::lifecycle::room_context::RoomContext;

/// The maximum number of log pages that wait for the hub: 2. Beyond that, the subscriber waits, and Redis keeps the
/// rest.
const WAITING_PAGES: usize = 2;

/// A server that has entered the room and has no threads yet.
#[derive(Debug)]
pub struct Clustering {
    url: RedisUrl,
    options: RoomOptions,
    entered: Entered,
}

impl Clustering {
    /// Enters the room in Redis, or returns `None` without `--redis`.
    ///
    /// # Errors
    /// Fails with a message for the user if Redis cannot be used, its log is damaged, or the room refuses this server.
    pub fn enter(config: &Config) -> io::Result<Option<Clustering>> {
        let Some(url) = config.redis.clone() else {
            return Ok(None);
        };
        let options = RoomOptions {
            history: config.history,
            max_message: config.max_message,
        };
        let stream = LogStream::connect(&url).map_err(EnterError::from);
        let entered = stream.and_then(|mut stream| enter(&mut stream, options, None, None));
        Ok(Some(Clustering {
            url,
            options,
            entered: entered.map_err(io::Error::other)?,
        }))
    }

    /// Returns the id of the room.
    pub fn room_id(&self) -> Arc<str> {
        Arc::clone(self.entered.membership.replica.room().id())
    }

    /// Starts the hub, the publisher and the subscriber.
    ///
    /// # Errors
    /// Fails if a thread cannot start.
    pub(crate) fn start(
        self,
        context: &RoomContext<'_>,
        writers: Vec<Sender<WriterMessage>>,
    ) -> io::Result<(HubLink, Option<Arc<ClusterStatus>>)> {
        let (to_hub, local) = bounded(MAX_WAITING_MESSAGES);
        let (to_publisher, events) = bounded(MAX_WAITING_MESSAGES);
        let (pages, log) = bounded(WAITING_PAGES);
        let (restart, restarts) = bounded(1);
        let status = Arc::new(ClusterStatus::new(context.log.clone()));
        let (publisher, subscriber) =
            self.publisher_and_subscriber(context, &status, pages, restarts);
        let membership = self.entered.membership;
        let hub = hub(context, writers, membership, to_publisher.clone(), restart);
        // The hub starts first. If a later thread cannot start, the hub ends the writers that have started.
        let supervisor = context.supervisor;
        supervisor.spawn("hub", move || hub.run(&local, log))?;
        supervisor.spawn("publisher", move || publisher.run(&events))?;
        supervisor.spawn("subscriber", move || subscriber.run())?;
        let link = ClusterLink {
            hub: to_hub,
            publisher: to_publisher,
        };
        Ok((HubLink::Clustered(link), Some(status)))
    }

    /// Makes the publisher, which writes the log, and the subscriber, which reads it.
    fn publisher_and_subscriber(
        &self,
        context: &RoomContext<'_>,
        status: &Arc<ClusterStatus>,
        pages: Sender<LogMessage>,
        restarts: Receiver<ServerId>,
    ) -> (Publisher, Subscriber) {
        let (run_switch, run_switches) = bounded(1);
        let server = self.entered.membership.server;
        let publisher = Publisher::new(
            self.url.clone(),
            ConnectionStatus::new(status),
            context.stopped.clone(),
            run_switches,
            Run {
                server,
                start: self.entered.start,
            },
        );
        let subscriber = Subscriber {
            url: self.url.clone(),
            options: self.options,
            server,
            position: self.entered.position,
            room_id: context.room_id.clone(),
            hub: pages,
            restart: restarts,
            run_switches: run_switch,
            status: ConnectionStatus::new(status),
            stop: context.stopped.clone(),
            stopping_since: None,
        };
        (publisher, subscriber)
    }
}

fn hub(
    context: &RoomContext<'_>,
    writers: Vec<Sender<WriterMessage>>,
    membership: ServerMembership,
    publisher: Sender<RoomEvent>,
    restart: Sender<ServerId>,
) -> ClusterHub {
    let Config {
        write_timeout,
        close_timeout,
        ..
    } = context.config;
    ClusterHub::new(ClusterHubSetup {
        membership,
        writers,
        publisher,
        restart,
        room_id: context.room_id.clone(),
        newest: Arc::clone(&context.metrics.newest_number),
        leave_timeout: write_timeout.get() + close_timeout.get(),
    })
}
