//! Starts the threads of a server.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use log::Level;

use crate::base::semaphore::Semaphore;
use crate::base::supervisor::Supervisor;
use crate::server::cluster::link::HubLink;
use crate::server::cluster::room_id::RoomId;
use crate::server::config::{self, Config};
use crate::server::connection::context::Context;
use crate::server::connection::hooks::Hooks;
use crate::server::delivery::messages::WriterMessage;
use crate::server::lifecycle::accept;
use crate::server::lifecycle::capacity::Capacity;
use crate::server::lifecycle::room_context::RoomContext;
use crate::server::lifecycle::room_source::RoomSource;
use crate::server::lifecycle::room_threads;
use crate::server::lifecycle::turned_away::TurnedAway;
use crate::server::net::registry::SocketRegistry;
use crate::server::observe::history_counters::HistoryCounters;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;
use crate::server::observe::trace::WireTrace;

/// A server before its threads start.
#[derive(Debug)]
pub(crate) struct ServerParts {
    pub config: Config,
    /// The hooks that a test has set.
    pub hooks: Hooks,
    pub room: RoomSource,
    pub listener: TcpListener,
    /// The peer address of the connection that ends the thread `accept`.
    pub waker_address: SocketAddr,
    /// Disconnects when the server stops.
    pub stopped: Receiver<Infallible>,
}

/// How a stop reaches the threads.
#[derive(Debug)]
pub(crate) struct StopTargets {
    pub hub: HubLink,
    pub writers: Vec<Sender<WriterMessage>>,
    pub registry: Arc<SocketRegistry>,
    /// The counters that tell whether all lines are on the disk.
    pub history_file: Arc<HistoryCounters>,
}

impl ServerParts {
    /// Starts all threads except those of connections and the catch-up threads. If one cannot start, the running ones
    /// end: the hub ends the writers, and the channels of the others disconnect.
    ///
    /// # Errors
    /// Fails if a thread cannot start.
    pub(crate) fn start(self, supervisor: &Supervisor) -> io::Result<StopTargets> {
        let log = Log::start(supervisor)?;
        let capacity = Capacity::detect(&self.config);
        let config = clamp_to_machine(self.config, &capacity, &log);
        let metrics = Arc::new(Metrics::new(config::max_behind(config.max_connections)));
        let context = RoomContext {
            config: &config,
            hooks: self.hooks,
            room_id: RoomId::new(self.room.id()),
            metrics: &metrics,
            log: &log,
            stopped: &self.stopped,
            supervisor,
        };
        let channels = room_threads::start(&context, self.room)?;
        let registry = Arc::new(SocketRegistry::default());
        let history_file = Arc::clone(&metrics.history_file);
        let context = Arc::new(Context {
            trace: start_trace(&config, supervisor)?,
            config: Arc::new(config),
            on_request: self.hooks.on_request,
            hub: channels.hub.clone(),
            registry: Arc::clone(&registry),
            room_id: channels.room_id,
            cluster: channels.cluster,
            log,
            metrics,
            stop: self.stopped,
            shutdown_guard: supervisor.shutdown_guard.clone(),
        });
        let waker = self.waker_address;
        start_accept(self.listener, waker, &capacity, context, supervisor)?;
        Ok(StopTargets {
            hub: channels.hub,
            writers: channels.writers,
            registry,
            history_file,
        })
    }
}

fn start_accept(
    listener: TcpListener,
    waker_address: SocketAddr,
    capacity: &Capacity,
    context: Arc<Context>,
    supervisor: &Supervisor,
) -> io::Result<()> {
    let permits = Semaphore::new(context.config.max_connections);
    let close_timeout = context.config.close_timeout.get();
    let turned_away = TurnedAway::new(capacity.turned_away, close_timeout);
    supervisor.spawn("accept", move || {
        accept::run(&listener, waker_address, &permits, turned_away, &context);
    })
}

/// Starts the thread `trace`, or returns `None` without `--show-wire`.
fn start_trace(config: &Config, supervisor: &Supervisor) -> io::Result<Option<WireTrace>> {
    let trace = config.show_wire.then(|| WireTrace::start(supervisor));
    trace.transpose()
}

/// Lowers `--max-connections` if this machine cannot hold that many connections, and logs any change.
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
