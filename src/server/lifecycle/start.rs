//! Starts the threads of a server.

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use log::Level;

use crate::base::semaphore::Semaphore;
use crate::base::supervisor::Supervisor;
use crate::server::cluster::link::HubLink;
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::ClusterStatus;
use crate::server::config::{self, Config};
use crate::server::connection::context::Context;
use crate::server::connection::hooks::Hooks;
use crate::server::delivery::backlog::Backlog;
use crate::server::delivery::close_deadlines::CloseDeadlines;
use crate::server::delivery::messages::WriterMessage;
use crate::server::delivery::writer::{WAITING_BATCHES, Writer};
use crate::server::delivery::writer_state::WriterState;
use crate::server::hub::{Hub, WAITING_MESSAGES};
use crate::server::lifecycle::accept;
use crate::server::lifecycle::capacity::Capacity;
use crate::server::lifecycle::clustering::Clustering;
use crate::server::lifecycle::turned_away::TurnedAway;
use crate::server::net::registry::SocketRegistry;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;
use crate::server::observe::trace::WireTrace;
use crate::server::room::Room;

/// A server before its threads start.
#[derive(Debug)]
pub(crate) struct Parts {
    pub config: Config,
    /// Its place among several servers, with `--redis`.
    pub clustering: Option<Clustering>,
    /// The hooks that a test has set.
    pub hooks: Hooks,
    pub listener: TcpListener,
    /// The peer address of the connection that ends `accept`.
    pub own: SocketAddr,
    /// Disconnects when the server stops.
    pub stopped: Receiver<Infallible>,
}

/// What a hub needs.
#[derive(Debug)]
pub(crate) struct HubContext<'a> {
    /// The options.
    pub config: &'a Config,
    /// To the writers.
    pub writers: Vec<Sender<WriterMessage>>,
    /// Where connections read the id of the room.
    pub room: RoomId,
    /// The counters.
    pub metrics: &'a Metrics,
    /// The log.
    pub log: &'a Log,
    /// Disconnects when the server stops.
    pub stop: &'a Receiver<Infallible>,
}

/// How a stop reaches the threads.
#[derive(Debug)]
pub(crate) struct Started {
    pub hub: HubLink,
    pub writers: Vec<Sender<WriterMessage>>,
    pub registry: Arc<SocketRegistry>,
}

impl Parts {
    /// Starts all threads except those of connections. If one cannot start, the others end, because all senders to them
    /// are dropped.
    ///
    /// # Errors
    /// The errors of starting a thread.
    pub(crate) fn start(self, supervisor: &Supervisor) -> io::Result<Started> {
        let log = Log::start(supervisor)?;
        let capacity = Capacity::detect(&self.config);
        let config = clamp_to_machine(self.config, &capacity, &log);
        let room = room_id(self.clustering.as_ref());
        let metrics = Arc::new(Metrics::new(config::max_behind(config.max_connections)));
        let channels = (0..config.writers).map(|_| bounded(WAITING_BATCHES));
        let (writers, inboxes): (Vec<_>, Vec<_>) = channels.unzip();
        let context = HubContext {
            config: &config,
            writers: writers.clone(),
            room: room.clone(),
            metrics: &metrics,
            log: &log,
            stop: &self.stopped,
        };
        // The hub starts first. When its last sender is dropped, it ends the writers, even if one of them could not start.
        let (hub, cluster) = start_hub(self.clustering, self.hooks, context, supervisor)?;
        start_writers(&config, &writers, inboxes, &metrics, supervisor)?;
        let trace = start_trace(&config, supervisor)?;
        let registry = Arc::new(SocketRegistry::default());
        let context = Arc::new(Context {
            trace,
            config: Arc::new(config),
            on_request: self.hooks.on_request,
            hub: hub.clone(),
            registry: Arc::clone(&registry),
            room,
            cluster,
            log,
            metrics,
            stop: self.stopped,
            shutdown_guard: supervisor.shutdown_guard.clone(),
        });
        start_accept(self.listener, self.own, &capacity, context, supervisor)?;
        Ok(Started {
            hub,
            writers,
            registry,
        })
    }
}

/// Starts the thread `accept`.
fn start_accept(
    listener: TcpListener,
    own: SocketAddr,
    capacity: &Capacity,
    context: Arc<Context>,
    supervisor: &Supervisor,
) -> io::Result<()> {
    let permits = Semaphore::new(context.config.max_connections);
    let close_timeout = context.config.close_timeout.get();
    let turned_away = TurnedAway::new(capacity.turned_away, close_timeout);
    supervisor.spawn("accept", move || {
        accept::run(&listener, own, &permits, turned_away, &context);
    })
}

/// Starts the thread `trace`, with `--show-wire`.
fn start_trace(config: &Config, supervisor: &Supervisor) -> io::Result<Option<WireTrace>> {
    let trace = config.show_wire.then(|| WireTrace::start(supervisor));
    trace.transpose()
}

/// Lowers `--max-connections` to what this machine can hold, and logs that.
fn clamp_to_machine(mut config: Config, capacity: &Capacity, log: &Log) -> Config {
    let (limit, wanted) = (capacity.connections, config.max_connections);
    if limit < wanted {
        let reason = capacity.reason;
        let line = format!(
            "--max-connections is lowered from {wanted} to {limit}: this machine has no more {reason}"
        );
        log.write(Level::Warn, line);
        config.max_connections = limit;
    }
    config
}

/// Returns eight random hex digits. They distinguish this run of the server from earlier runs, and protect nothing.
fn random_room_id() -> Arc<str> {
    let random = RandomState::new().hash_one(std::process::id()) as u32;
    format!("{random:08x}").into()
}

/// Returns the id of the room: that of the cluster, or a new one.
fn room_id(clustering: Option<&Clustering>) -> RoomId {
    RoomId::new(clustering.map_or_else(random_room_id, Clustering::room_id))
}

/// Starts the hub, and with it the other threads of a cluster.
fn start_hub(
    clustering: Option<Clustering>,
    hooks: Hooks,
    context: HubContext<'_>,
    supervisor: &Supervisor,
) -> io::Result<(HubLink, Option<Arc<ClusterStatus>>)> {
    if let Some(clustering) = clustering {
        return clustering.start(context, supervisor);
    }
    let (to_hub, inbox) = bounded(WAITING_MESSAGES);
    let room = Room::new(context.room.get(), context.config.history);
    let hub = Hub::new(room, context.writers, hooks.on_message)
        .with_newest_number(&context.metrics.lines);
    supervisor.spawn("hub", move || hub.run(&inbox))?;
    Ok((HubLink::Alone(to_hub), None))
}

/// Starts the writers.
fn start_writers(
    config: &Config,
    writers: &[Sender<WriterMessage>],
    inboxes: Vec<Receiver<WriterMessage>>,
    metrics: &Metrics,
    supervisor: &Supervisor,
) -> io::Result<()> {
    for (number, (to_writer, inbox)) in writers.iter().zip(inboxes).enumerate() {
        let writer = Writer::new(WriterState {
            backlog: Backlog {
                bytes: config.backlog,
                when_full: config.when_behind,
            },
            permits: metrics.behind.clone(),
            inbox: to_writer.clone(),
            behind: 0,
            close_deadlines: CloseDeadlines::new(
                config.close_timeout.get(),
                config.write_timeout.get(),
            ),
        });
        supervisor.spawn(&format!("writer-{number}"), move || writer.run(&inbox))?;
    }
    Ok(())
}
