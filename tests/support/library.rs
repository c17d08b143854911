//! The server as a library, on a thread of the test.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use blocking_chat::server::connection::hooks::Hooks;
use blocking_chat::server::{Config, Seconds, Server, ServerHandle};

use super::chat::Door;
use super::gate;
use super::holdings::{self, until_read};
use super::raw_client::RawClient;
use super::threads::{self, Call};
use super::wait::until;

/// How long a server may take after its close timeout until `run` returns: a second, and what a busy machine adds to it.
pub const AFTER_THE_CLOSE_TIMEOUT: Duration = Duration::from_secs(4);

/// Held by a test whose server's threads must be the only ones of their names in this process.
static ALONE: Mutex<()> = Mutex::new(());

/// A free port, a fifth of a second for the goodbyes, and gates.
pub fn config() -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        close_timeout: Seconds::from_millis(200),
        ..Config::default()
    }
}

/// A server that runs on a thread of its own, until it is stopped or this value is dropped.
pub struct Served {
    pub door: Door,
    pub handle: ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
    _alone: Option<MutexGuard<'static, ()>>,
}

impl Deref for Served {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Served {
    /// Binds and runs a server.
    pub fn start(config: Config) -> Served {
        Served::run(config, gate::hooks(), None)
    }

    /// The same with other hooks than the gates.
    pub fn hooked(config: Config, hooks: Hooks) -> Served {
        Served::run(config, hooks, None)
    }

    /// The same, when no other server runs in this process that was started in this way.
    pub fn alone(config: Config) -> Served {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Served::run(config, gate::hooks(), Some(alone))
    }

    /// Both of these.
    pub fn alone_and_hooked(config: Config, hooks: Hooks) -> Served {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Served::run(config, hooks, Some(alone))
    }

    fn run(config: Config, hooks: Hooks, alone: Option<MutexGuard<'static, ()>>) -> Served {
        let server = Server::bind_with(config, hooks).unwrap();
        let (address, handle) = (server.local_addr(), server.handle());
        let thread = thread::spawn(move || server.run());
        Served {
            door: Door { address },
            handle,
            thread: Some(thread),
            _alone: alone,
        }
    }

    /// Waits until all is with the hub that this client has sent, whose thread this is. The server must be alone.
    pub fn take_in(&self, client: &RawClient, thread: &str) {
        until_read(client);
        let is_reading = || threads::sits_in(process::id(), thread, Call::Read);
        until(is_reading, |&is_reading| is_reading);
    }

    /// Waits until the server has no thread any more. It must be alone.
    pub fn no_thread_is_left(&self) {
        for name in [
            "accept",
            "hub",
            "writer-",
            "conn-",
            "catch-up-",
            "log",
            "tap",
        ] {
            until(|| holdings::threads(process::id(), name), |&left| left == 0);
        }
    }

    /// Waits until `run` returns.
    pub fn wait(&mut self) -> io::Result<()> {
        let thread = self.thread.take().expect("it has been waited for already");
        thread.join().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.stop();
    }
}
