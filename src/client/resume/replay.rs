//! What a connection finds out about the one before it; see [`resume`](super).

/// What kind of server is at the other end.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) enum ServerKind {
    /// It has not said anything on this connection.
    #[default]
    Unknown,
    /// It numbers its lines, so ours come back with a number.
    Numbering,
    /// It is a server of another kind, from which no receipts are expected.
    Plain,
}

/// What is found out about the former connection.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// The name that we had, as long as it is certain that nobody else has taken it.
    pub(super) was: Option<String>,
    /// Whether the server gave us another one, which then is what `was` says.
    pub(super) renamed: bool,
    /// Some lines are no longer kept, so one of ours may have been among them.
    pub(super) lines_are_gone: bool,
}

/// What is to be done when a connection has caught up.
#[derive(Debug, Eq, PartialEq)]
pub enum CaughtUp {
    /// Send what waits. These lines may have been said or not; they are not said again.
    Uncertain(Vec<String>),
    /// Connect again: the server had already given us another name, so this connection has not taken the old one's
    /// place.
    Return,
}
