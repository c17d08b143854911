//! Several servers, one room: a *replicated state machine* over a log in Redis.
//!
//! Everything that happens in the room is an [`event`]. Each server appends its events to the same Redis stream, the
//! log. Each server applies all entries of the log, in order, to its own [`replica`] of the room. The same entries in
//! the same order give the same numbers, names and history everywhere, without a lock.
//!
//! ```text
//! conn-N ─► publisher ─► Redis stream ─► subscriber ─► hub ─► writers
//!    └────────────── Pongs, requests ─────────────────►┘
//! ```
//!
//! Threads wait only in one direction. A connection waits for the publisher and for the hub. The publisher waits for
//! Redis. The subscriber waits for Redis, the publisher and the hub. The hub waits only for the writers.

#[cfg(feature = "redis")]
pub mod enter;
pub mod entry_id;
pub mod event;
pub mod fields;
pub mod hub;
pub mod link;
pub mod local_message;
pub mod log_message;
#[cfg(feature = "redis")]
pub mod publisher;
pub mod replica;
pub mod room_id;
pub mod servers;
pub mod snapshot;
pub mod status;
#[cfg(feature = "redis")]
pub mod stream;
pub mod stream_time;
#[cfg(feature = "redis")]
pub mod subscriber;
