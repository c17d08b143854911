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
use crate::server::config::{self, Config};
use crate::server::connection::context::Context;
use crate::server::connection::hooks::Hooks;
use crate::server::delivery::backlog::Backlog;
use crate::server::delivery::close_deadlines::CloseDeadlines;
use crate::server::delivery::messages::WriterMessage;
use crate::server::delivery::writer::{WAITING_BATCHES, Writer};
use crate::server::delivery::writer_state::WriterState;
use crate::server::hub::messages::HubMessage;
use crate::server::hub::{Hub, WAITING_MESSAGES};
use crate::server::lifecycle::accept;
use crate::server::lifecycle::capacity::Capacity;
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
    /// The hooks that a test has set.
    pub hooks: Hooks,
    pub listener: TcpListener,
    /// The peer address of the connection that ends `accept`.
    pub own: SocketAddr,
    /// Disconnects when the server stops.
    pub stopped: Receiver<Infallible>,
}

/// How a stop reaches the threads.
#[derive(Debug)]
pub(crate) struct Started {
    pub hub: Sender<HubMessage>,
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
        let room = random_room_id();
        let metrics = Arc::new(Metrics::new(config::max_behind(config.max_connections)));
        let (hub, writers) =
            start_hub(&config, self.hooks, Arc::clone(&room), &metrics, supervisor)?;
        let permits = Semaphore::new(config.max_connections);
        let registry = Arc::new(SocketRegistry::default());
        let turned_away = TurnedAway::new(capacity.turned_away, config.close_timeout.get());
        let context = Arc::new(Context {
            trace: config
                .show_wire
                .then(|| WireTrace::start(supervisor))
                .transpose()?,
            config: Arc::new(config),
            on_request: self.hooks.on_request,
            hub: hub.clone(),
            registry: Arc::clone(&registry),
            room,
            log,
            metrics,
            stop: self.stopped,
            shutdown_guard: supervisor.shutdown_guard.clone(),
        });
        let (listener, own) = (self.listener, self.own);
        supervisor.spawn("accept", move || {
            accept::run(&listener, own, &permits, turned_away, &context);
        })?;
        Ok(Started {
            hub,
            writers,
            registry,
        })
    }
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

/// Starts the hub and its writers, and returns the channels to them.
fn start_hub(
    config: &Config,
    hooks: Hooks,
    room: Arc<str>,
    metrics: &Metrics,
    supervisor: &Supervisor,
) -> io::Result<(Sender<HubMessage>, Vec<Sender<WriterMessage>>)> {
    let (writers, inboxes): (Vec<_>, Vec<_>) = (0..config.writers)
        .map(|_| bounded(WAITING_BATCHES))
        .unzip();
    let (to_hub, inbox) = bounded(WAITING_MESSAGES);
    let room = Room::new(room, config.history);
    let hub = Hub::new(room, writers.clone(), hooks.on_message).with_newest_number(&metrics.lines);
    // The hub starts first. When its last sender is dropped, it ends the writers, even if one of them could not start.
    supervisor.spawn("hub", move || hub.run(&inbox))?;
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
    Ok((to_hub, writers))
}
