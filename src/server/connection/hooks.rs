//! Hooks that a test sets and the server calls.

use std::io;

use crate::server::http::head::Head;
use crate::server::hub::messages::HubMessage;

/// Functions that a test sets, for example to pause a thread or to provoke a panic. The command line cannot set them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks {
    /// Called by a connection's thread with the head of each request.
    pub on_request: Option<fn(&Head)>,
    /// Called with each message by the hub of a single server.
    pub on_message: Option<fn(&HubMessage)>,
    /// Called with a thread's name before the thread starts, except for connection and catch-up threads. If the hook
    /// returns an error, the thread does not start.
    pub on_spawn: Option<fn(&str) -> io::Result<()>>,
}
