//! Why the client leaves by itself.

use std::io;

/// Why the client leaves by itself.
#[derive(Debug)]
pub enum ExitReason {
    /// Somebody asked it to, for example with Ctrl-C.
    Asked,
    /// The input has ended, and everything that the server has to say to it has come.
    EndOfInput {
        /// How many lines of it could not be sent.
        skipped: u64,
    },
    /// A receipt is due, or the Pong after the last line, and the server says nothing at all.
    Silence,
    /// The same, but it says other things.
    NoReceipts,
    /// The input has ended, and there is no new connection.
    Away,
    /// The input could not be read.
    Input(io::Error),
}
