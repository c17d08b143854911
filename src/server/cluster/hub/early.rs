//! Requests whose `since` is the number of a line that this server has not read yet.
//!
//! A client may have received that line from another server, which is slightly ahead. Without a wait, the number would
//! count as one from another room, and the client would receive all lines again. A join needs no such wait: its entry
//! follows the line in the log.

use std::time::{Duration, Instant};

use crate::base::id::ClientId;
use crate::server::cluster::hub::ClusterHub;
use crate::server::hub::room_request::{Fetch, RoomRequest};

/// How long a request waits for the line: 1 s, and up to a tick more. After that, the line counts as one from another
/// room.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// A request that waits for the line that it names in `since`.
#[derive(Debug)]
pub struct EarlyFetch {
    client: ClientId,
    fetch: Fetch,
    until: Instant,
}

impl ClusterHub {
    /// Answers a request, or holds it if its line may still arrive.
    pub(super) fn answer_or_hold(&mut self, client: ClientId, request: RoomRequest) {
        match request {
            RoomRequest::Fetch(fetch) if self.is_early(&fetch) => {
                let until = Instant::now() + MAX_WAIT;
                self.early.push(EarlyFetch {
                    client,
                    fetch,
                    until,
                });
            }
            request => {
                self.early.retain(|early| early.client != client);
                let room = self.membership.replica.room_mut();
                self.long_polls
                    .answer(client, request, room, &mut self.batches);
            }
        }
    }

    /// Answers the requests whose line has arrived, or whose wait has expired.
    pub(super) fn answer_early(&mut self) {
        if self.early.is_empty() {
            return;
        }
        let now = Instant::now();
        for early in std::mem::take(&mut self.early) {
            if early.until > now && self.is_early(&early.fetch) {
                self.early.push(early);
                continue;
            }
            let EarlyFetch { client, fetch, .. } = early;
            let room = self.membership.replica.room_mut();
            let request = RoomRequest::Fetch(fetch);
            self.long_polls
                .answer(client, request, room, &mut self.batches);
        }
    }

    fn is_early(&self, fetch: &Fetch) -> bool {
        let (room, params) = (self.membership.replica.room(), &fetch.params);
        let is_this_room = params.room.as_ref().is_none_or(|id| **id == **room.id());
        is_this_room && params.since.is_some_and(|since| since > room.newest())
    }
}
