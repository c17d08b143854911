//! How a server binds, serves and stops. [`start`](crate::server::lifecycle::start) starts the threads.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::supervisor::{ServerEvent, Supervisor};
use crate::server::config::Config;
use crate::server::connection::hooks::Hooks;
use crate::server::history_file::unstored;
use crate::server::lifecycle::accept_waker::AcceptWaker;
use crate::server::lifecycle::room_source::RoomSource;
use crate::server::lifecycle::start::ServerParts;
use crate::server::lifecycle::stop::{Stop, THREAD_END_TIMEOUT};

/// The maximum number of connections that wait for accept(2): 4,096. The kernel may allow fewer (`net.core.somaxconn`).
const LISTEN_BACKLOG: i32 = 4096;

/// A server that is bound to its address and does not serve yet.
#[derive(Debug)]
pub struct Server {
    config: Config,
    hooks: Hooks,
    room: RoomSource,
    listener: TcpListener,
    address: SocketAddr,
    waker: AcceptWaker,
    events: (Sender<ServerEvent>, Receiver<ServerEvent>),
}

/// A handle that stops a server from any thread.
#[derive(Clone, Debug)]
pub struct ServerHandle(Sender<ServerEvent>);

impl ServerHandle {
    /// Asks the server to stop, without waiting. [`Server::run`] does the rest. A second call has no effect.
    pub fn stop(&self) {
        // A full channel already holds a reason to stop. A disconnected one belongs to a server that has stopped.
        let _ = self.0.try_send(ServerEvent::Stop);
    }
}

impl Server {
    /// Binds the address, and opens the history file or enters the cluster's room if `config` says so.
    ///
    /// # Errors
    /// `InvalidInput` if a number is out of range, or if options exclude each other. An error such as `AddrInUse` if
    /// bind(2) or another call fails. An error that contains an
    /// [`OpenError`](crate::server::history_file::open_error::OpenError) if the history file cannot be used. With
    /// `--redis`, `Other` if this server cannot enter the room.
    pub fn bind(config: Config) -> io::Result<Server> {
        Server::bind_with(config, Hooks::default())
    }

    /// Binds a server with the [hooks](Hooks) of a test.
    ///
    /// # Errors
    /// Fails as [`Server::bind`] does.
    #[doc(hidden)]
    pub fn bind_with(config: Config, hooks: Hooks) -> io::Result<Server> {
        config
            .check()
            .map_err(|sentence| io::Error::new(io::ErrorKind::InvalidInput, sentence))?;
        let listener = TcpListener::bind(config.listen)?;
        rustix::net::listen(&listener, LISTEN_BACKLOG)?;
        let address = listener.local_addr()?;
        let room = RoomSource::open(&config)?;
        Ok(Server {
            config,
            hooks,
            room,
            waker: AcceptWaker::new(&listener)?,
            listener,
            address,
            events: bounded(1),
        })
    }

    /// Returns the address that the server listens on. Port 0 is replaced by the port that the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns a handle that stops this server.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle(self.events.0.clone())
    }

    /// Serves until the server is stopped. Then returns within the close timeout plus a second.
    ///
    /// By then, the port is free and all threads have ended, except those that wait for a blocked stdout, stderr or
    /// disk.
    ///
    /// # Errors
    /// Fails if a thread cannot start, if a [supervised](crate::base::supervisor) thread panics (a bug), or if some
    /// lines are not on the disk after the stop. In these cases, too, the server has stopped.
    pub fn run(self) -> io::Result<()> {
        let (sender, events) = self.events;
        let (stop, stopped) = bounded(0);
        let (shutdown_guard, all_threads_done) = bounded(0);
        let supervisor = Supervisor {
            events: sender,
            shutdown_guard,
            on_spawn: self.hooks.on_spawn,
        };
        let close_timeout = self.config.close_timeout.get();
        let parts = ServerParts {
            config: self.config,
            hooks: self.hooks,
            room: self.room,
            listener: self.listener,
            waker_address: self.waker.address(),
            stopped,
        };
        // Once `supervisor` is dropped, only threads hold a `shutdown_guard`. So the last thread to end disconnects
        // `all_threads_done`.
        let started = parts.start(&supervisor);
        drop(supervisor);
        let targets = match started {
            Ok(targets) => targets,
            Err(error) => {
                // The running threads end now, because `start` has dropped its ends of their channels.
                let _ = all_threads_done.recv_timeout(THREAD_END_TIMEOUT);
                return Err(error);
            }
        };
        let history_file = Arc::clone(&targets.history_file);
        let event = wait_for_event(&events);
        drop(stop);
        Stop {
            waker: self.waker,
            targets,
            all_threads_done,
            close_timeout,
        }
        .run();
        event.and_then(|()| unstored::check(&history_file))
    }
}

/// Waits until a stop is requested or a supervised thread panics. Returns a panic as an error.
fn wait_for_event(events: &Receiver<ServerEvent>) -> io::Result<()> {
    match events.recv() {
        Ok(ServerEvent::Panicked(thread)) => Err(io::Error::other(format!(
            "the thread {thread} panicked, which is a bug in the server"
        ))),
        // `recv` cannot fail before a stop, because `accept` holds a sender until then.
        Ok(ServerEvent::Stop) | Err(_) => Ok(()),
    }
}
