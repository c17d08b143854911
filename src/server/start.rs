//! Starting the threads.

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use log::Level;

use super::accept;
use super::config::Config;
use super::context::Shared;
use super::desk::{Desk, Farewells};
use super::hooks::Hooks;
use super::hub::{Hub, WAITING_MESSAGES};
use super::journal::Journal;
use super::limits::capacity::{self, Capacity};
use super::limits::refused::Refused;
use super::limits::slots::Slots;
use super::messages::ToHub;
use super::metrics::Metrics;
use super::orders::ToWriter;
use super::queue::Backlog;
use super::room::Room;
use super::stop::sockets::Sockets;
use super::stop::vital::Vital;
use super::tap::Tap;
use super::writer::{WAITING_BATCHES, Writer};

/// What a server is made of before it has threads.
#[derive(Debug)]
pub struct Parts {
    /// The limits.
    pub config: Config,
    /// What a test has called.
    pub hooks: Hooks,
    /// Where connections come in.
    pub listener: TcpListener,
    /// The address of the connection that ends `accept`.
    pub own: SocketAddr,
    /// Disconnects when the server stops.
    pub stopped: Receiver<Infallible>,
}

/// What a stop needs to know of the threads.
#[derive(Debug)]
pub struct Started {
    /// The way into the hub.
    pub hub: Sender<ToHub>,
    /// The ways to the writers.
    pub writers: Vec<Sender<ToWriter>>,
    /// The sockets of all connections.
    pub sockets: Arc<Sockets>,
}

impl Parts {
    /// Starts all threads but those of connections. If one cannot be started, the others end, because nothing is left that
    /// could tell them anything.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn start(self, vital: &Vital) -> io::Result<Started> {
        let journal = Journal::start(vital)?;
        let capacity = Capacity::of_this_machine(&self.config);
        let config = clamp(self.config, &capacity, &journal);
        let room = draw_id();
        let metrics = Arc::new(Metrics::new(capacity::max_behind(config.max_connections)));
        let (hub, writers) = start_hub(&config, self.hooks, Arc::clone(&room), &metrics, vital)?;
        let slots = Slots::new(config.max_connections);
        let sockets = Arc::new(Sockets::default());
        let refused = Refused::new(capacity.turned_away, config.close_timeout.get());
        let shared = Shared {
            tap: config.show_wire.then(|| Tap::start(vital)).transpose()?,
            config: Arc::new(config),
            on_request: self.hooks.on_request,
            hub: hub.clone(),
            sockets: Arc::clone(&sockets),
            room,
            journal,
            metrics,
            stop: self.stopped,
            alive: vital.alive.clone(),
        };
        let (listener, own) = (self.listener, self.own);
        vital.spawn("accept", move || {
            accept::run(&listener, own, &slots, refused, &shared)
        })?;
        Ok(Started {
            hub,
            writers,
            sockets,
        })
    }
}

/// The same with no more connections than this machine can hold, which is said if it is fewer than were asked for.
fn clamp(mut config: Config, capacity: &Capacity, journal: &Journal) -> Config {
    let (limit, wanted) = (capacity.connections, config.max_connections);
    if limit < wanted {
        let reason = capacity.reason;
        let line = format!(
            "--max-connections is {limit} in place of {wanted}: this machine has no more {reason}"
        );
        journal.write(Level::Warn, line);
        config.max_connections = limit;
    }
    config
}

/// Eight hex digits, enough to tell this run of the server from the one before it. They protect nothing.
fn draw_id() -> Arc<str> {
    let drawn = RandomState::new().hash_one(std::process::id()) as u32;
    format!("{drawn:08x}").into()
}

/// Starts the hub and its writers, and returns the ways to them.
fn start_hub(
    config: &Config,
    hooks: Hooks,
    room: Arc<str>,
    metrics: &Metrics,
    vital: &Vital,
) -> io::Result<(Sender<ToHub>, Vec<Sender<ToWriter>>)> {
    let (writers, inboxes): (Vec<_>, Vec<_>) = (0..config.writers)
        .map(|_| bounded(WAITING_BATCHES))
        .unzip();
    let (to_hub, inbox) = bounded(WAITING_MESSAGES);
    let room = Room::new(room, config.history);
    let hub = Hub::new(room, writers.clone(), hooks.on_message).telling_the_newest(&metrics.lines);
    // The hub is the first, because it ends the writers when nobody can tell it anything: also if one cannot be started.
    vital.spawn("hub", move || hub.run(&inbox))?;
    for (number, (to_writer, inbox)) in writers.iter().zip(inboxes).enumerate() {
        let writer = Writer::new(Desk {
            backlog: Backlog {
                bytes: config.backlog,
                when_full: config.when_behind,
            },
            places: metrics.behind.clone(),
            inbox: to_writer.clone(),
            behind: 0,
            farewells: Farewells::new(config.close_timeout.get(), config.write_timeout.get()),
        });
        vital.spawn(&format!("writer-{number}"), move || writer.run(&inbox))?;
    }
    Ok((to_hub, writers))
}
