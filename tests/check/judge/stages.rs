//! The stages, from simple to hard. No stage requires what a later stage tests.

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

/// A stage: a few related promises of the chat.
pub struct Stage {
    pub name: &'static str,
    /// The subject of the stage, in at most 32 characters.
    pub about: &'static str,
    /// Where the subject is explained: an RFC, one of our programs, or a part of the README.
    pub explained: &'static str,
    pub run: fn(&Target) -> Result<(), Failure>,
}

/// All stages, in order.
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
        about: "your line reaches everyone",
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
        about: "who joins and who speaks",
        explained: "README: wire",
        run: names::run,
    },
    Stage {
        name: "goodbye",
        about: "Ping, Close, and who has left",
        explained: "RFC 6455, 5.5",
        run: goodbye::run,
    },
    Stage {
        name: "slow consumer",
        about: "a slow reader delays nobody",
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
