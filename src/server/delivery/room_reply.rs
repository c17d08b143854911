//! The room's reply to a request over HTTP, on its way to the connection that waits for it.

use crossbeam_channel::Sender;

use crate::server::room::history::numbered_lines::NumberedLines;

/// A reply, and the channel of the connection that waits for it.
///
/// If the reply is dropped, the channel disconnects. So the connection learns that there will be no reply.
#[derive(Debug)]
#[allow(missing_docs, reason = "the types of the fields explain them")]
pub enum RoomReply {
    /// The lines that were requested.
    Lines {
        to: Sender<NumberedLines>,
        lines: NumberedLines,
    },
    /// The posted lines with their numbers, or `None` if the requested name belongs to a member.
    Receipt {
        to: Sender<Option<NumberedLines>>,
        receipt: Option<NumberedLines>,
    },
}

impl RoomReply {
    /// Sends the reply, without waiting.
    ///
    /// A connection waits for at most one reply, so its channel of capacity 1 has room. If the connection no longer
    /// waits, the reply is dropped.
    pub fn send(self) {
        match self {
            RoomReply::Lines { to, lines } => _ = to.try_send(lines),
            RoomReply::Receipt { to, receipt } => _ = to.try_send(receipt),
        }
    }
}
