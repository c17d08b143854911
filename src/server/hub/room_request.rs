//! What an HTTP request asks of the room.

use crossbeam_channel::Sender;

use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::http::query::FetchParams;
use crate::server::room::history::numbered_lines::NumberedLines;

/// A connection's request to the room. The reply channel has capacity 1, so the hub never waits to send its answer.
///
/// The reply channel disconnects without an answer if the server stops or loses the cluster's room.
#[derive(Debug)]
pub enum RoomRequest {
    /// Fetches lines.
    Fetch(Fetch),
    /// Posts lines.
    Post(Post),
    /// Cancels the long poll of this connection, if there is one.
    Forget,
}

/// A request for lines.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Which lines to fetch, and whether to wait for a line. The connection's thread handles the timeout.
    pub params: FetchParams,
    /// Where to send the lines.
    pub reply: Sender<NumberedLines>,
}

/// Lines from a client that is not a member.
#[derive(Debug)]
pub struct Post {
    /// The name under which the lines are sent.
    pub name: Name,
    /// The lines. None of them is run as a command.
    pub lines: Lines,
    /// Where to send the receipt: the numbered lines, or `None` if a member has this name.
    pub reply: Sender<Option<NumberedLines>>,
}
