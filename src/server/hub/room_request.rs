//! What a request over HTTP asks the room for.

use crossbeam_channel::Sender;

use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::http::query::FetchParams;
use crate::server::room::history::numbered_lines::NumberedLines;

/// What a connection asks of the room. The hub answers through a channel of one, without waiting.
///
/// If the channel disconnects without an answer, the server stops.
#[derive(Debug)]
pub enum RoomRequest {
    /// Asks for lines.
    Fetch(Fetch),
    /// Says lines.
    Post(Post),
    /// Ends the long poll of this connection, because the connection ends.
    Forget,
}

/// A request for lines.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Which lines, and whether to wait for one. The connection's thread handles the timeout.
    pub params: FetchParams,
    /// Where the lines go.
    pub reply: Sender<NumberedLines>,
}

/// Lines from a client that is not a member.
#[derive(Debug)]
pub struct Post {
    /// The name to say them under.
    pub name: Name,
    /// The lines. None of them is a command.
    pub lines: Lines,
    /// Where the receipt goes: the numbered lines, or `None` if a member has this name.
    pub reply: Sender<Option<NumberedLines>>,
}
