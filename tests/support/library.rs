//! The server as a library, on a thread of the test.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::thread::{self, JoinHandle};

use blocking_chat::server::{Config, Seconds, Server, ServerHandle};

use super::chat::Door;

/// A free port, and half a second for the goodbyes.
pub fn config() -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        close_timeout: Seconds::from_millis(500),
        ..Config::default()
    }
}

/// A server that runs on a thread of its own.
pub struct Served {
    pub door: Door,
    pub handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
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
        let server = Server::bind(config).unwrap();
        let (address, handle) = (server.local_addr(), server.handle());
        let thread = thread::spawn(move || server.run());
        let door = Door { address };
        Served {
            door,
            handle,
            thread,
        }
    }

    /// Waits until `run` returns.
    pub fn wait(self) -> io::Result<()> {
        self.thread.join().unwrap()
    }

    /// Whether `run` has returned.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}
