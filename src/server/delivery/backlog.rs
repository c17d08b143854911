//! The limit on what may wait for a client that is behind.

use clap::ValueEnum;

/// The limit on the blocks that wait for one client, and what happens when that limit is reached.
#[derive(Clone, Copy, Debug)]
pub struct Backlog {
    /// The limit in bytes. Each block counts as its length plus 64 bytes.
    pub bytes: usize,
    /// What happens when the backlog is full.
    pub when_full: WhenBehind,
}

/// What happens to a client whose backlog is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum WhenBehind {
    /// The client is disconnected with Close 1008. This suits a chat, where a missing line is worse than a reconnect.
    Disconnect,
    /// The client loses its oldest waiting lines, and a line in their place says how many are gone. This suits a live
    /// stream, where a late line is worthless.
    Drop,
}
