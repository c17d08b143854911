//! Why the client leaves by itself.

use std::io;

/// Why the client leaves by itself.
#[derive(Debug)]
pub enum ExitReason {
    /// It was told to, for example with Ctrl-C.
    Asked,
    /// The input has ended, and everything that the server has to say to it has come.
    EndOfInput {
        /// How many lines of it could not be sent.
        skipped: u64,
    },
    /// The input has ended, or no more lines may be in flight, and the server sends no receipt.
    NoReceipts,
    /// The input has ended, and there is no new connection.
    Away,
    /// The input could not be read.
    Input(io::Error),
}
