//! What this server's log and metrics report about Redis.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use log::Level;

use crate::server::observe::log::Log;

/// What the publisher and the subscriber report about Redis.
#[derive(Debug)]
pub struct ClusterStatus {
    log: Log,
    /// How many of the two connections to Redis are broken.
    broken: AtomicUsize,
    /// How many entries this server has written.
    pub written: AtomicU64,
    /// How many entries this server has read.
    pub read: AtomicU64,
    /// How many times this server has rejoined the room.
    pub restarts: AtomicU64,
}

/// The state of one connection to Redis. The thread that uses the connection owns this state.
#[derive(Debug)]
pub struct ConnectionStatus {
    shared: Arc<ClusterStatus>,
    is_broken: bool,
}

impl ClusterStatus {
    /// Makes the status of a server that is connected.
    pub fn new(log: Log) -> ClusterStatus {
        ClusterStatus {
            log,
            broken: AtomicUsize::new(0),
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
        }
    }

    /// Returns whether both connections to Redis work.
    pub fn is_connected(&self) -> bool {
        self.broken.load(Ordering::Relaxed) == 0
    }

    /// Counts a rejoin of the room, and logs the reason.
    pub fn restarted(&self, reason: &str) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        self.log
            .write(Level::Warn, format!("rejoined the room: {reason}"));
    }
}

impl ConnectionStatus {
    /// Makes the status of a connection that works.
    pub fn new(shared: &Arc<ClusterStatus>) -> ConnectionStatus {
        ConnectionStatus {
            shared: Arc::clone(shared),
            is_broken: false,
        }
    }

    /// Returns what both connections share.
    pub fn shared(&self) -> &ClusterStatus {
        &self.shared
    }

    /// Records that the connection is broken. If the other one still works, logs that Redis is unreachable.
    pub fn lost(&mut self, error: &dyn Display) {
        if self.is_broken {
            return;
        }
        self.is_broken = true;
        if self.shared.broken.fetch_add(1, Ordering::Relaxed) == 0 {
            let line = format!("Redis is unreachable, and all lines wait for it: {error}");
            self.shared.log.write(Level::Warn, line);
        }
    }

    /// Records that the connection works again. If the other one works too, logs that Redis is back.
    pub fn restored(&mut self) {
        if !self.is_broken {
            return;
        }
        self.is_broken = false;
        if self.shared.broken.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.shared
                .log
                .write(Level::Info, "Redis is back".to_owned());
        }
    }
}
