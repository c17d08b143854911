//! An HTTP request turns into a WebSocket connection.

use crate::judge::Target;
use crate::judge::client::Client;
use crate::judge::failure::Failure;

/// Connects two clients one after the other. Their keys differ, so a constant answer is wrong for at least one of them.
pub fn run(target: &Target) -> Result<(), Failure> {
    let anna = Client::join(target, "anna", "/")?;
    // After this, a single-threaded server can serve the next client.
    anna.leave();
    let ben = Client::join(target, "ben", "/");
    ben.map(drop)
        .map_err(|failure| failure.during("after anna had left"))
}
