//! The server: one thread per accepted socket, a hub that owns the room, and writers that own the write halves.
//!
//! ```text
//! accept ──spawns──► connection ──► websocket ──► hub ──► writer ──► outbox ──► write_half ──► the peer
//!                                                                       └──────► catch_up ────────┘
//! ```

pub mod accept;
pub mod batch;
pub mod catch_up;
pub mod config;
pub mod connection;
pub mod desk;
pub mod ending;
pub mod farewell;
pub mod history;
pub mod http;
pub mod hub;
pub mod journal;
pub mod limits;
pub mod members;
pub mod metrics;
pub mod outbox;
pub mod polling;
pub mod queue;
pub mod room;
#[expect(
    clippy::module_inception,
    reason = "the server itself is one of the files of its folder"
)]
mod server;
pub mod socket;
pub mod stop;
pub mod tap;
pub mod websocket;
pub mod wire;
pub mod write_half;
pub mod writer;

use std::convert::Infallible;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TryRecvError};

pub use config::{Config, Seconds};
pub use server::{Server, ServerHandle};

use hub::ToHub;
use journal::Journal;
use metrics::Metrics;
use stop::sockets::Sockets;
use tap::Tap;

/// The stack of each thread: 256 KiB. What is not touched costs nothing; an overflow would abort the process.
pub const STACK_SIZE: usize = 256 * 1024;

/// What the accept thread and every connection's thread have in common.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The limits.
    pub config: Arc<Config>,
    /// The way into the hub. The hub ends when the last clone is dropped.
    pub hub: Sender<ToHub>,
    /// Whom to wake at a stop.
    pub sockets: Arc<Sockets>,
    /// The room's id, which says whose numbers the lines have.
    pub room: Arc<str>,
    /// Where they say what happened to them.
    pub journal: Journal,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where what goes over the wire is shown, if it is.
    pub tap: Option<Tap>,
    /// Disconnects when the server stops. Pauses wait for it.
    pub stop: Receiver<Infallible>,
    /// Held by each thread until its end, so that a stop can wait for them all without knowing them.
    pub alive: Sender<Infallible>,
}

impl Shared {
    /// Whether the server is about to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.try_recv() == Err(TryRecvError::Disconnected)
    }
}
