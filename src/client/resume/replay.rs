//! What a connection finds out about the one before it; see [`resume`](super).

use crate::client::resume::after_gap::Told;

/// What kind of server is at the other end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ServerKind {
    /// It has not sent a text on this connection.
    #[default]
    Unknown,
    /// It numbers its lines, so ours come back with a number.
    Numbering,
    /// It is a server of another kind, from which no receipts are expected.
    Plain,
}

/// The beginning of a connection, in which lines may be those from before it.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// The name that we had, as long as it is certain that no other client has taken it.
    pub(super) own_name: Option<String>,
    /// Whether the server gave us another name. `own_name` is then that one.
    pub(super) is_renamed: bool,
    /// What it tells of our lines, if some lines are no longer kept.
    pub(super) told: Vec<Told>,
}

/// What is to be done when a connection has caught up.
#[derive(Debug, Eq, PartialEq)]
pub enum CaughtUp {
    /// Send what waits. These lines may have been said or not; they are not said again.
    Uncertain(Vec<String>),
    /// Connect again: the server had already given us another name, so this connection has not taken the old one's
    /// place.
    ConnectAgain,
}
