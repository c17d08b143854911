//! The stages, from simple to hard. None demands what a later one is about.

mod echo;
mod everybody_hears;
mod goodbye;
mod handshake;
mod names;
mod numbers;
mod polling;
mod resume;
mod slow_consumer;

use super::Target;
use super::failure::Failure;

/// A stage: a few promises of the chat that belong together.
pub struct Stage {
    pub name: &'static str,
    /// What it is about, in at most 32 characters.
    pub about: &'static str,
    /// Where it is explained: a section of RFC 6455 or 6202, a program of ours, or a part of the README.
    pub explained: &'static str,
    pub run: fn(&Target) -> Result<(), Failure>,
}

/// All of them, in their order.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "handshake",
        about: "HTTP becomes WebSocket",
        explained: "RFC 6455, 4.2",
        run: handshake::run,
    },
    Stage {
        name: "echo",
        about: "your own line comes back",
        explained: "make step-1",
        run: echo::run,
    },
    Stage {
        name: "everybody hears",
        about: "and reaches all others too",
        explained: "make step-3",
        run: everybody_hears::run,
    },
    Stage {
        name: "numbers",
        about: "same lines, same order, for all",
        explained: "README: wire",
        run: numbers::run,
    },
    Stage {
        name: "names",
        about: "who joins, who speaks",
        explained: "README: wire",
        run: names::run,
    },
    Stage {
        name: "goodbye",
        about: "Ping, Close, and who is gone",
        explained: "RFC 6455, 5.5",
        run: goodbye::run,
    },
    Stage {
        name: "slow consumer",
        about: "one stops reading, others go on",
        explained: "make step-5",
        run: slow_consumer::run,
    },
    Stage {
        name: "resume",
        about: "reconnect and miss nothing",
        explained: "README: client",
        run: resume::run,
    },
    Stage {
        name: "polling",
        about: "the same room over HTTP",
        explained: "RFC 6202",
        run: polling::run,
    },
];
