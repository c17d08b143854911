//! Binding, starting the threads, and stopping them.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use log::warn;

use super::accept;
use super::config::Config;
use super::context::Shared;
use super::desk::{Desk, Farewells};
use super::hooks::Hooks;
use super::hub::{Hub, WAITING_MESSAGES};
use super::journal::Journal;
use super::limits::capacity;
use super::limits::slots::Slots;
use super::messages::ToHub;
use super::metrics::Metrics;
use super::queue::Backlog;
use super::room::Room;
use super::stop::Stop;
use super::stop::sockets::Sockets;
use super::stop::vital::{News, Vital};
use super::stop::waker::Waker;
use super::tap::Tap;
use super::writer::{WAITING_BATCHES, Writer};

/// How many connections may wait to be accepted: 4,096. The kernel may take fewer (`net.core.somaxconn`).
const LISTEN_BACKLOG: i32 = 4096;

/// A server that is bound to its address and does not serve yet.
#[derive(Debug)]
pub struct Server {
    config: Config,
    hooks: Hooks,
    listener: TcpListener,
    address: SocketAddr,
    waker: Waker,
    news: (Sender<News>, Receiver<News>),
}

/// Stops a server from any thread.
#[derive(Clone, Debug)]
pub struct ServerHandle(Sender<News>);

impl ServerHandle {
    /// Asks the server to stop. Never waits; [`Server::run`] does the rest. Asking twice is as good as once.
    pub fn stop(&self) {
        // A full channel holds a reason to stop already, and a disconnected one a server that has.
        let _ = self.0.try_send(News::Stop);
    }
}

impl Server {
    /// Binds the address that the configuration names.
    ///
    /// # Errors
    /// Those of bind(2), above all `AddrInUse`.
    pub fn bind(config: Config) -> io::Result<Server> {
        Server::bind_with(config, Hooks::default())
    }

    /// The same for a test that reaches into the server.
    ///
    /// # Errors
    /// The same.
    #[doc(hidden)]
    pub fn bind_with(config: Config, hooks: Hooks) -> io::Result<Server> {
        let listener = TcpListener::bind(config.listen)?;
        rustix::net::listen(&listener, LISTEN_BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Server {
            config,
            hooks,
            waker: Waker::of(&listener)?,
            listener,
            address,
            news: bounded(1),
        })
    }

    /// The address that the server listens on, with the port that it was given for port 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What stops this server.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle(self.news.0.clone())
    }

    /// Serves until it is stopped, and returns within the close timeout and a second after that.
    ///
    /// # Errors
    /// If a thread could not be started, or hub, writer, accept or tap panicked, which is a bug.
    pub fn run(self) -> io::Result<()> {
        let (listener, waker, (tell, news)) = (self.listener, self.waker, self.news);
        let config = fitted_to_the_machine(self.config);
        let close_timeout = config.close_timeout.get();
        let (stop, stopped) = bounded(0);
        let (alive, all_gone) = bounded(0);
        let vital = Vital { tell, alive };
        let room = draw_id();
        let metrics = Arc::new(Metrics::new(capacity::max_behind(config.max_connections)));
        let hub = start_hub(&config, self.hooks, Arc::clone(&room), &metrics, &vital)?;
        let slots = Slots::new(config.max_connections);
        let sockets = Arc::new(Sockets::default());
        let shared = Shared {
            tap: config.show_wire.then(|| Tap::start(&vital)).transpose()?,
            config: Arc::new(config),
            on_request: self.hooks.on_request,
            hub: hub.clone(),
            sockets: Arc::clone(&sockets),
            room,
            journal: Journal::default(),
            metrics,
            stop: stopped,
            alive: vital.alive.clone(),
        };
        let own = waker.address();
        vital.spawn("accept", move || {
            accept::run(&listener, own, &slots, &shared)
        })?;
        until_told_to_stop(&news)?;
        drop((stop, vital));
        Stop {
            waker,
            hub,
            sockets,
            all_gone,
            close_timeout,
        }
        .run();
        Ok(())
    }
}

/// The same with no more connections than this machine can hold, which is said if it is fewer than were asked for.
fn fitted_to_the_machine(mut config: Config) -> Config {
    if let Some((limit, reason)) = capacity::lowered(config.max_connections, config.writers) {
        let wanted = config.max_connections;
        warn!(
            "--max-connections is {limit} in place of {wanted}: this machine has no more {reason}"
        );
        config.max_connections = limit;
    }
    config
}

/// Waits. That a thread has panicked is an error.
fn until_told_to_stop(news: &Receiver<News>) -> io::Result<()> {
    match news.recv() {
        Ok(News::Panicked(thread)) => Err(io::Error::other(format!(
            "the thread {thread} panicked, which is a bug in the server"
        ))),
        // `accept` lives until the server stops, and so does its sender: there is always news.
        Ok(News::Stop) | Err(_) => Ok(()),
    }
}

/// Eight hex digits, enough to tell this run of the server from the one before it. They protect nothing.
fn draw_id() -> Arc<str> {
    let drawn = RandomState::new().hash_one(std::process::id()) as u32;
    format!("{drawn:08x}").into()
}

/// Starts the hub and its writers, and returns the way into the hub.
fn start_hub(
    config: &Config,
    hooks: Hooks,
    room: Arc<str>,
    metrics: &Metrics,
    vital: &Vital,
) -> io::Result<Sender<ToHub>> {
    let mut writers = Vec::with_capacity(config.writers);
    for number in 0..config.writers.max(1) {
        let (to_writer, inbox) = bounded(WAITING_BATCHES);
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
        writers.push(to_writer);
    }
    let (to_hub, inbox) = bounded(WAITING_MESSAGES);
    let room = Room::new(room, config.history);
    let hub = Hub::new(room, writers, hooks.on_message).telling_the_newest(&metrics.lines);
    vital.spawn("hub", move || hub.run(&inbox))?;
    Ok(to_hub)
}
