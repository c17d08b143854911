//! Requests whose `since` is the number of a line that this server has not read yet.
//!
//! A client may have received that line from another server, which is slightly ahead. If this server did not wait, the
//! number would count as one from another room, and the client would receive all kept lines again. A join needs no such
//! wait: its entry follows the line in the log.

use std::mem;
use std::time::{Duration, Instant};

use crate::base::id::ClientId;
use crate::server::hub::room_request::{Fetch, RoomRequest};
use crate::server::room::Room;

/// How long a request waits for line number `since`: 1 s, plus at most one tick of the hub. After that, `since` counts
/// as a number from another room.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// A request that waits for line number `since`.
#[derive(Debug)]
pub(super) struct EarlyFetch {
    pub client: ClientId,
    pub fetch: Fetch,
    deadline: Instant,
}

/// The requests that wait for a line.
#[derive(Debug, Default)]
pub(super) struct EarlyFetches(Vec<EarlyFetch>);

impl EarlyFetches {
    /// Holds `request` if its line may still arrive. Otherwise, drops the client's held requests and returns `request`.
    pub(super) fn hold(
        &mut self,
        client: ClientId,
        request: RoomRequest,
        room: &Room,
    ) -> Option<RoomRequest> {
        match request {
            RoomRequest::Fetch(fetch) if is_early(&fetch, room) => {
                let deadline = Instant::now() + MAX_WAIT;
                self.0.push(EarlyFetch {
                    client,
                    fetch,
                    deadline,
                });
                None
            }
            request => {
                self.0.retain(|early| early.client != client);
                Some(request)
            }
        }
    }

    /// Takes the requests whose line has arrived, or whose wait has expired.
    pub(super) fn take_due(&mut self, room: &Room) -> Vec<EarlyFetch> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let now = Instant::now();
        let waits = |early: &EarlyFetch| early.deadline > now && is_early(&early.fetch, room);
        let (early, due) = mem::take(&mut self.0).into_iter().partition(waits);
        self.0 = early;
        due
    }

    /// Drops all requests.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

fn is_early(fetch: &Fetch, room: &Room) -> bool {
    let params = &fetch.params;
    let is_this_room = params.room.as_ref().is_none_or(|id| **id == **room.id());
    is_this_room && params.since.is_some_and(|since| since > room.newest())
}
