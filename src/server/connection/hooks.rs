//! Where a test can reach into a running server.

use std::io;

use crate::server::http::head::Head;
use crate::server::hub::messages::HubMessage;

/// What a test has called where a panic is to be provoked. No option sets them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks {
    /// By a connection's thread, with each request.
    pub on_request: Option<fn(&Head)>,
    /// By the hub, with each message.
    pub on_message: Option<fn(&HubMessage)>,
    /// Before each thread but those of connections is started, with its name. An error takes the place of the thread.
    pub on_spawn: Option<fn(&str) -> io::Result<()>>,
}
