//! What the client says on stderr.

use std::fmt;
use std::io::{self, Write};

/// Says something on stderr that does not end the client. If stderr is closed, it is not said.
pub fn warn(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "chat-client: {what}");
}
