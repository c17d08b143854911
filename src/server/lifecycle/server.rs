//! Binding, serving, and stopping. What starts the threads is in [`start`](crate::server::lifecycle::start).

use std::io;
use std::net::{SocketAddr, TcpListener};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::supervisor::{ServerEvent, Supervisor};
use crate::server::config::Config;
use crate::server::connection::hooks::Hooks;
use crate::server::lifecycle::accept_waker::AcceptWaker;
use crate::server::lifecycle::start::Parts;
use crate::server::lifecycle::stop::{GRACE, Stop};

/// How many connections may wait to be accepted: 4,096. The kernel may take fewer (`net.core.somaxconn`).
const LISTEN_BACKLOG: i32 = 4096;

/// A server that is bound to its address and does not serve yet.
#[derive(Debug)]
pub struct Server {
    config: Config,
    hooks: Hooks,
    listener: TcpListener,
    address: SocketAddr,
    waker: AcceptWaker,
    events: (Sender<ServerEvent>, Receiver<ServerEvent>),
}

/// Stops a server from any thread.
#[derive(Clone, Debug)]
pub struct ServerHandle(Sender<ServerEvent>);

impl ServerHandle {
    /// Asks the server to stop. Never waits; [`Server::run`] does the rest. Asking twice is as good as once.
    pub fn stop(&self) {
        // A full channel holds a reason to stop already, and a disconnected one a server that has.
        let _ = self.0.try_send(ServerEvent::Stop);
    }
}

impl Server {
    /// Binds the address that the configuration names.
    ///
    /// # Errors
    /// `InvalidInput` if a number of the configuration is out of its range. Those of bind(2), above all `AddrInUse`.
    pub fn bind(config: Config) -> io::Result<Server> {
        Server::bind_with(config, Hooks::default())
    }

    /// The same for a test that reaches into the server.
    ///
    /// # Errors
    /// The same.
    #[doc(hidden)]
    pub fn bind_with(config: Config, hooks: Hooks) -> io::Result<Server> {
        config
            .check()
            .map_err(|sentence| io::Error::new(io::ErrorKind::InvalidInput, sentence))?;
        let listener = TcpListener::bind(config.listen)?;
        rustix::net::listen(&listener, LISTEN_BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Server {
            config,
            hooks,
            waker: AcceptWaker::new(&listener)?,
            listener,
            address,
            events: bounded(1),
        })
    }

    /// The address that the server listens on, with the port that it was given for port 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What stops this server.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle(self.events.0.clone())
    }

    /// Serves until it is stopped, and returns within the close timeout and a second after that. Then its port is free, and
    /// none of its threads is left, unless one waits for a stdout or stderr that takes nothing.
    ///
    /// # Errors
    /// If a thread cannot be started, or hub, writer, accept, log or tap panics, which is a bug. The server has stopped then,
    /// too.
    pub fn run(self) -> io::Result<()> {
        let (tell, events) = self.events;
        let (stop, stopped) = bounded(0);
        let (shutdown_guard, all_threads_done) = bounded(0);
        let supervisor = Supervisor {
            tell,
            shutdown_guard,
            on_spawn: self.hooks.on_spawn,
        };
        let close_timeout = self.config.close_timeout.get();
        let parts = Parts {
            config: self.config,
            hooks: self.hooks,
            listener: self.listener,
            own: self.waker.address(),
            stopped,
        };
        // From here on the threads alone hold what says that they live.
        let started = parts.start(&supervisor);
        drop(supervisor);
        let started = match started {
            Ok(started) => started,
            Err(error) => {
                // What has been started ends, because nothing is left that could tell it anything.
                let _ = all_threads_done.recv_timeout(GRACE);
                return Err(error);
            }
        };
        let told = until_told_to_stop(&events);
        drop(stop);
        Stop {
            waker: self.waker,
            started,
            all_threads_done,
            close_timeout,
        }
        .run();
        told
    }
}

/// Waits. That a thread has panicked is an error.
fn until_told_to_stop(events: &Receiver<ServerEvent>) -> io::Result<()> {
    match events.recv() {
        Ok(ServerEvent::Panicked(thread)) => Err(io::Error::other(format!(
            "the thread {thread} panicked, which is a bug in the server"
        ))),
        // `accept` lives until the server stops, and so does its sender: there is always news.
        Ok(ServerEvent::Stop) | Err(_) => Ok(()),
    }
}
