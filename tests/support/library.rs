//! The server as a library, on a thread of the test.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use blocking_chat::server::connection::hooks::Hooks;
use blocking_chat::server::{Config, Seconds, Server, ServerHandle};

use super::breakpoint;
use super::chat::Endpoint;
use super::raw_client::RawClient;
use super::resources;
use super::socket_queues::until_read;
use super::threads::{self, Call};
use super::wait::until;

/// The maximum time that [`Server::run`] takes to return after the close timeout, as the server promises. In the tests
/// of this promise, all other timeouts are longer than the close timeout. On a busy machine a stop may take longer, so
/// these tests [repeat a failed run](super::wait::retry_on_delay).
pub const MAX_STOP_DELAY: Duration = Duration::from_secs(1);

/// The number of servers that run in this process, not counting one that must be alone.
static RUNNING: Mutex<usize> = Mutex::new(0);
static SERVER_ENDED: Condvar = Condvar::new();

/// What an [`EmbeddedServer`] holds until it is dropped. A server that must be alone holds the lock of [`RUNNING`], so
/// no other server can start. Such a server must be alone because its test finds threads by name.
enum RunningGuard {
    Shared,
    Alone(#[allow(dead_code)] MutexGuard<'static, usize>),
}

impl RunningGuard {
    fn shared() -> RunningGuard {
        *running() += 1;
        RunningGuard::Shared
    }

    /// Waits until no other server runs. The returned guard keeps other servers from starting.
    fn alone() -> RunningGuard {
        let others = SERVER_ENDED.wait_while(running(), |others| *others > 0);
        RunningGuard::Alone(others.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for RunningGuard {
    fn drop(&mut self) {
        if let RunningGuard::Shared = self {
            *running() -= 1;
            SERVER_ENDED.notify_all();
        }
    }
}

fn running() -> MutexGuard<'static, usize> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a configuration with a free port and a close timeout of 0.2 seconds. The other timeouts are so long that
/// none expires while a test is being prepared, even on a busy machine.
pub fn config() -> Config {
    let long = Seconds::new(1000);
    Config {
        handshake_timeout: long,
        idle_timeout: long,
        write_timeout: long,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        close_timeout: Seconds::from_millis(200),
        ..Config::default()
    }
}

/// A server on a thread of this process. It runs until it is stopped or this value is dropped.
pub struct EmbeddedServer {
    pub endpoint: Endpoint,
    pub handle: ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
    _guard: RunningGuard,
}

impl Deref for EmbeddedServer {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl EmbeddedServer {
    /// Binds and runs a server with breakpoints.
    pub fn start(config: Config) -> EmbeddedServer {
        EmbeddedServer::run(config, breakpoint::hooks(), RunningGuard::shared())
    }

    /// Runs a server with these hooks instead of the breakpoints.
    pub fn with_hooks(config: Config, hooks: Hooks) -> EmbeddedServer {
        EmbeddedServer::run(config, hooks, RunningGuard::shared())
    }

    /// Waits until no other server runs, and runs a server with breakpoints. No other server can start until this one
    /// is dropped.
    pub fn alone(config: Config) -> EmbeddedServer {
        EmbeddedServer::run(config, breakpoint::hooks(), RunningGuard::alone())
    }

    /// Does the same as [`EmbeddedServer::alone`], but with these hooks instead of the breakpoints.
    pub fn alone_with_hooks(config: Config, hooks: Hooks) -> EmbeddedServer {
        EmbeddedServer::run(config, hooks, RunningGuard::alone())
    }

    fn run(config: Config, hooks: Hooks, guard: RunningGuard) -> EmbeddedServer {
        let server = Server::bind_with(config, hooks).unwrap();
        let (address, handle) = (server.local_addr(), server.handle());
        let thread = thread::spawn(move || server.run());
        EmbeddedServer {
            endpoint: Endpoint { address },
            handle,
            thread: Some(thread),
            _guard: guard,
        }
    }

    /// Waits until everything that this client has sent is in the hub's channel, or already handled. `thread` is the
    /// name of the thread that serves this client. The server must be alone.
    pub fn until_hub_has_all_of(&self, client: &RawClient, thread: &str) {
        until_read(client);
        let is_reading = || threads::is_in(process::id(), thread, Call::Read);
        until(is_reading, |&is_reading| is_reading);
    }

    /// Waits until the server has no thread left. The server must be alone.
    pub fn until_no_thread_is_left(&self) {
        for name in [
            "accept",
            "hub",
            "keeper",
            "writer-",
            "conn-",
            "catch-up-",
            "log",
            "trace",
        ] {
            until(
                || resources::threads(process::id(), name),
                |&left| left == 0,
            );
        }
    }

    /// Waits until [`Server::run`] returns, and returns its result. A second call panics.
    pub fn wait(&mut self) -> io::Result<()> {
        let thread = self.thread.take().expect("`wait` was called twice");
        thread.join().unwrap()
    }
}

impl Drop for EmbeddedServer {
    fn drop(&mut self) {
        self.handle.stop();
    }
}
