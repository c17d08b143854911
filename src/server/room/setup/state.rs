//! A room as plain data, so that it can be saved and restored.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::id::ClientId;
use crate::base::name::Name;
use crate::server::room::Room;
use crate::server::room::free_name::NameTable;
use crate::server::room::history::History;
use crate::server::room::member::Member;
use crate::server::room::notice_limiter::NoticeLimiter;

/// All state that affects what a room does next, except the maximum number of kept lines.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoomState {
    /// The room's id.
    pub id: String,
    /// The highest N of any `guest-N` that the room has chosen so far.
    pub guests: u64,
    /// The members, ordered by id.
    pub members: Vec<MemberState>,
    /// The times of the newest notices, counted from the `start` of [`Room::state`].
    pub notices: Vec<Duration>,
    /// The number of the newest line.
    pub newest: u64,
    /// The kept lines, oldest first, each with its number.
    pub lines: Vec<String>,
}

/// A member as plain data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MemberState {
    /// The member's id.
    pub id: ClientId,
    /// The member's name.
    pub name: Name,
    /// The member's secret, or `None` if the member joined without a key.
    pub key: Option<String>,
    /// Whether the member's join was announced.
    pub is_announced: bool,
}

impl Room {
    /// Returns the room as plain data. Its times are relative to `start`.
    pub fn state(&self, start: Instant) -> RoomState {
        let members = self.members.iter().map(|(id, member)| MemberState {
            id: *id,
            name: member.name.clone(),
            key: member.key.clone(),
            is_announced: member.is_announced,
        });
        RoomState {
            id: self.id.to_string(),
            guests: self.names.guests(),
            members: members.collect(),
            notices: self.notices.since(start),
            newest: self.history.newest(),
            lines: self
                .history
                .between(0, u64::MAX)
                .iter()
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Makes a room from plain data. The room keeps at most `kept_lines` lines. The times in the data are relative to
    /// `start`.
    ///
    /// The new room behaves like the one that the data came from.
    pub fn from_state(state: RoomState, kept_lines: usize, start: Instant) -> Room {
        let mut names = NameTable::with_guests(state.guests);
        let mut members = BTreeMap::new();
        for member in state.members {
            names.insert(member.name.clone(), member.id);
            let entry = Member {
                name: member.name,
                key: member.key,
                is_announced: member.is_announced,
            };
            members.insert(member.id, entry);
        }
        let first = state.newest.saturating_sub(state.lines.len() as u64) + 1;
        let mut history = History::new(kept_lines);
        history.restore(first, &state.lines);
        Room {
            id: Arc::from(state.id),
            members,
            names,
            history,
            notices: NoticeLimiter::after(start, &state.notices),
            steps: 0,
        }
    }

    /// Returns the room's id.
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Returns whether a client with this id is a member.
    pub(crate) fn has_member(&self, id: ClientId) -> bool {
        self.members.contains_key(&id)
    }

    /// Returns the ids of all members in this range, in ascending order.
    pub(crate) fn members_within(&self, ids: std::ops::RangeInclusive<ClientId>) -> Vec<ClientId> {
        self.members.range(ids).map(|(id, _)| *id).collect()
    }
}
