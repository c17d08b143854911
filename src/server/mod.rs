//! The server: one thread per accepted socket, a hub that owns the room, and writers that own the write halves.
//!
//! ```text
//! accept ──spawns──► connection ──► websocket ──► hub ──► writer ──► outbox ──► write_half ──► the peer
//!                                                                       └──────► catch_up ────────┘
//! ```

pub mod accept;
pub mod batch;
pub mod block;
pub mod catch_up;
pub mod config;
pub mod connection;
pub mod context;
pub mod desk;
pub mod ending;
pub mod farewell;
pub mod history;
pub mod hooks;
pub mod http;
pub mod hub;
pub mod id;
pub mod journal;
pub mod limits;
pub mod members;
pub mod messages;
pub mod metrics;
pub mod orders;
pub mod outbox;
pub mod polling;
pub mod qr;
pub mod queue;
pub mod reachable;
pub mod reply;
pub mod room;
pub mod serve;
#[expect(
    clippy::module_inception,
    reason = "the server itself is one of the files of its folder"
)]
mod server;
pub mod socket;
pub mod start;
pub mod stop;
pub mod tap;
pub mod thread;
pub mod uptake;
pub mod websocket;
pub mod wire;
pub mod write_half;
pub mod writer;

pub use config::Config;
pub use config::seconds::Seconds;
pub use server::{Server, ServerHandle};
