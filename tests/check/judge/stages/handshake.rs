//! A request of HTTP becomes a WebSocket connection.

use crate::judge::Target;
use crate::judge::client::Client;
use crate::judge::failure::Failure;

/// Two clients, one after the other, because an answer that is always the same is wrong for one of their keys.
pub fn run(target: &Target) -> Result<(), Failure> {
    let anna = Client::join(target, "anna", "/")?;
    // A server with one thread serves the next client now.
    anna.leave();
    let ben = Client::join(target, "ben", "/");
    ben.map(drop)
        .map_err(|failure| failure.during("after anna had left"))
}
