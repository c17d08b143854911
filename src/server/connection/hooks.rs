//! Hooks with which a test reaches into a running server.

use std::io;

use crate::server::http::head::Head;
use crate::server::hub::messages::HubMessage;

/// Functions that a test provides, for example to provoke a panic. No option sets them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks {
    /// A connection's thread calls it with each request.
    pub on_request: Option<fn(&Head)>,
    /// The hub calls it with each message.
    pub on_message: Option<fn(&HubMessage)>,
    /// Called with the name of each thread before it starts, but not for connections. An error replaces the thread.
    pub on_spawn: Option<fn(&str) -> io::Result<()>>,
}
