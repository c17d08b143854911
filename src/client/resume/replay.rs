//! The replay at the beginning of a connection. [`resume`](super) explains it.

use crate::client::resume::after_gap::ReplayItem;

/// What kind of server is at the other end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ServerKind {
    /// The server has not sent any text on this connection yet.
    #[default]
    Unknown,
    /// The server numbers its lines, so each of our lines comes back with a number.
    Numbering,
    /// Another kind of server. The client expects no receipts from it.
    Plain,
}

/// The replay at the beginning of a connection. Its lines may be older than the connection.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// Our name at this point of the replay. `None` if it is unknown, or if another client may have it by now.
    pub(super) own_name: Option<String>,
    /// Our new name, or `None` if the replay shows no change of our name.
    pub(super) new_name: Option<String>,
    /// Whether the client knew no line number. If so, any line may be older than the client's first connection.
    pub(super) is_blind: bool,
    /// Whether the replay is blind and cannot show which lines are ours.
    pub(super) is_ambiguous: bool,
    /// What the replay shows about our lines, if some lines are gone or the replay is blind.
    pub(super) items: Vec<ReplayItem>,
}

impl Replay {
    /// Handles a notice. `what` is its part after our name, or empty for other notices. `new` is our new name, if any.
    pub(super) fn on_notice(&mut self, what: &str, new: Option<&str>, was_requested: bool) {
        let has_left = what == " left";
        if self.is_blind && (new.is_some() || has_left) {
            // The notice may be about an earlier client with our name. If so, the lines before it are not ours.
            self.is_ambiguous |= !self.items.is_empty();
        }
        let is_ours = was_requested || !self.is_blind;
        match new {
            Some(new) if is_ours => {
                self.new_name = Some(new.to_owned());
                self.own_name.clone_from(&self.new_name);
            }
            None if is_ours && has_left => self.own_name = None,
            _ => {}
        }
    }
}

/// What the client knew before a gap in the middle of a connection.
#[derive(Debug)]
pub(super) struct Unproven {
    /// The number of the last line before the gap, or of the last line that a later replay has shown.
    pub(super) since: u64,
    pub(super) own_name: Option<String>,
}
