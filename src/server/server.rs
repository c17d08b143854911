//! Binding, starting the threads, and stopping them.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use log::warn;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::farewell::{Desk, Farewells};
use super::hub::{Hub, ToHub, WAITING_MESSAGES};
use super::queue::Backlog;
use super::room::Room;
use super::slots::Slots;
use super::sockets::Sockets;
use super::stop::Stop;
use super::vital::{News, Vital};
use super::writer::{WAITING_BATCHES, Writer};
use super::{Config, Shared, accept, capacity};

/// How many connections may wait to be accepted: 4,096. The kernel may take fewer (`net.core.somaxconn`).
const LISTEN_BACKLOG: i32 = 4096;

/// A server that is bound to its address and does not serve yet.
#[derive(Debug)]
pub struct Server {
    config: Config,
    listener: TcpListener,
    address: SocketAddr,
    /// Made here, because at a stop there may be no descriptor left to make it from.
    waker: OwnedFd,
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
        let listener = TcpListener::bind(config.listen)?;
        rustix::net::listen(&listener, LISTEN_BACKLOG)?;
        let address = listener.local_addr()?;
        let family = if address.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        // Not blocking: if so many wait to be accepted that there is no room for one more, accept(2) needs no waking.
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let waker = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        Ok(Server {
            config,
            listener,
            address,
            waker,
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
    /// If a thread could not be started, or hub, writer or accept panicked, which is a bug.
    pub fn run(self) -> io::Result<()> {
        let Server {
            mut config,
            listener,
            address,
            waker,
            news: (tell, news),
        } = self;
        if let Some((limit, reason)) = capacity::lowered(config.max_connections, config.writers) {
            warn!(
                "--max-connections is {limit} in place of {}: this machine has no more {reason}",
                config.max_connections
            );
            config.max_connections = limit;
        }
        let close_timeout = config.close_timeout.get();
        let (stop, stopped) = bounded(0);
        let (alive, all_gone) = bounded(0);
        let vital = Vital { tell, alive };
        let hub = start_hub(&config, &vital)?;
        let slots = Slots::new(config.max_connections);
        let sockets = Arc::new(Sockets::default());
        let shared = Shared {
            config: Arc::new(config),
            hub: hub.clone(),
            sockets: Arc::clone(&sockets),
            stop: stopped,
            alive: vital.alive.clone(),
        };
        vital.spawn("accept", move || accept::run(&listener, &slots, &shared))?;
        // `accept` lives until the server stops, and so does its sender: there is always news.
        if let Ok(News::Panicked(thread)) = news.recv() {
            return Err(io::Error::other(format!(
                "the thread {thread} panicked, which is a bug in the server"
            )));
        }
        drop((stop, vital));
        Stop {
            waker,
            address,
            hub,
            sockets,
            all_gone,
            close_timeout,
        }
        .run();
        Ok(())
    }
}

/// Starts the hub and its writers, and returns the way into the hub.
fn start_hub(config: &Config, vital: &Vital) -> io::Result<Sender<ToHub>> {
    let places = Slots::new(capacity::max_behind(config.max_connections));
    let mut writers = Vec::with_capacity(config.writers);
    for number in 0..config.writers {
        let (to_writer, inbox) = bounded(WAITING_BATCHES);
        let writer = Writer::new(Desk {
            backlog: Backlog {
                bytes: config.backlog,
                when_full: config.when_behind,
            },
            places: places.clone(),
            inbox: to_writer.clone(),
            behind: 0,
            farewells: Farewells::new(config.close_timeout.get()),
        });
        vital.spawn(&format!("writer-{number}"), move || writer.run(&inbox))?;
        writers.push(to_writer);
    }
    let (to_hub, inbox) = bounded(WAITING_MESSAGES);
    // Enough to tell this run of the server from the one before it; it protects nothing.
    let id = RandomState::new().hash_one(std::process::id()) as u32;
    let hub = Hub::new(
        Room::new(format!("{id:08x}"), config.history),
        writers,
        config.hooks.on_message,
    );
    vital.spawn("hub", move || hub.run(&inbox))?;
    Ok(to_hub)
}
