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
    /// The other name that the server gave us, if it did.
    pub(super) new_name: Option<String>,
    /// Whether we had seen no number, so that any line may be older than our first connection.
    pub(super) is_blind: bool,
    /// Whether, for that reason, it is unknown which lines are ours.
    pub(super) is_ambiguous: bool,
    /// What it tells of our lines, if some lines are no longer kept, or if it is blind.
    pub(super) told: Vec<Told>,
}

impl Replay {
    /// Takes a notice about our name, without that name, and the new one, if it tells one.
    pub(super) fn hear_notice(&mut self, what: &str, new: Option<&str>, was_asked_for: bool) {
        let has_left = what == " left";
        if self.is_blind && (new.is_some() || has_left) {
            // It may be about a client that had our name before us, and that said what was heard so far.
            self.is_ambiguous |= !self.told.is_empty();
        }
        let is_ours = was_asked_for || !self.is_blind;
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

/// What was known before a gap in the middle of a connection.
#[derive(Debug)]
pub(super) struct Unproven {
    /// The last number before the gap, or the last one that was replayed since.
    pub(super) since: u64,
    pub(super) own_name: Option<String>,
}
