//! How a replica begins, and how servers enter the room.

use std::sync::Arc;
use std::time::Instant;

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{RoomOptions, ServerId, Start};
use crate::server::cluster::replica::outcome::{Outcome, Refusal};
use crate::server::cluster::replica::{Replica, SinceSnapshot};
use crate::server::cluster::servers::{Servers, Slot};
use crate::server::cluster::stream_time::StreamTime;
use crate::server::room::Room;
use crate::server::room::output::RoomOutput;

impl Replica {
    /// Makes a replica of an empty room from the first entry of a log.
    ///
    /// # Errors
    /// [`Refusal::OtherOptions`] if the options in that entry differ from `options`.
    pub fn begin(
        id: EntryId,
        server: ServerId,
        first: &Start,
        options: RoomOptions,
    ) -> Result<(Replica, Slot), Refusal> {
        check_options(options, &first.options)?;
        let mut servers = Servers::default();
        let slot = servers.add(server, 0).ok_or(Refusal::TooManyServers)?;
        let replica = Replica {
            room: Room::new(Arc::from(&*first.room), options.history),
            options,
            servers,
            time: StreamTime::new(id),
            start: Instant::now(),
            position: id,
            since_snapshot: SinceSnapshot::default(),
        };
        Ok((replica, slot))
    }

    /// Adds a server, or refuses it. Removes the server's earlier run, and replaces a room whose last entries are lost.
    pub(super) fn start_server(
        &mut self,
        server: ServerId,
        start: Start,
        out: &mut impl RoomOutput,
    ) -> Outcome {
        // The room already has this server, so the entry is a duplicate.
        if self.servers.records.contains_key(&server) {
            return Outcome::Ignored;
        }
        if let Err(refusal) = check_options(self.options, &start.options) {
            return Outcome::Started(Err(refusal));
        }
        if start.ends.is_some_and(|room| *room == **self.room.id()) {
            self.room = Room::new(Arc::from(start.room), self.options.history);
        }
        if let Some(former) = start.replaces {
            self.remove_server(former, out);
        }
        match self.servers.add(server, self.time.elapsed) {
            Some(slot) => Outcome::Started(Ok(slot)),
            None => Outcome::Started(Err(Refusal::TooManyServers)),
        }
    }
}

/// Checks that the options of an entry (`theirs`) equal those of this server and its room (`own`).
fn check_options(own: RoomOptions, theirs: &str) -> Result<(), Refusal> {
    let own = own.to_string();
    if own == theirs {
        return Ok(());
    }
    Err(Refusal::OtherOptions {
        own,
        theirs: theirs.to_owned(),
    })
}
