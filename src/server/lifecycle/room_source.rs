//! Where a server's room comes from.

use std::io;
use std::sync::Arc;

use crate::base::random;
use crate::server::config::Config;
use crate::server::history_file::opening::{self, OpenedFile};
use crate::server::lifecycle::clustering::Clustering;

/// Where a server's room comes from.
#[derive(Debug)]
pub(crate) enum RoomSource {
    /// A new room with this id.
    New(Arc<str>),
    /// A room whose lines are in a history file, with `--history-file`.
    File(Box<OpenedFile>),
    /// A room that is shared with other servers, with `--redis`.
    Cluster(Box<Clustering>),
}

impl RoomSource {
    /// Enters a cluster, opens the history file, or makes the id of a new room, as the options require.
    ///
    /// # Errors
    /// Fails with a message for the user if the file cannot be used, or if this server cannot enter the cluster's room.
    pub(crate) fn open(config: &Config) -> io::Result<RoomSource> {
        if let Some(clustering) = Clustering::enter(config)? {
            return Ok(RoomSource::Cluster(Box::new(clustering)));
        }
        let new_room = random::room_id();
        let Some(path) = config.history_file.as_deref() else {
            return Ok(RoomSource::New(new_room.into()));
        };
        let opened = opening::open(path, &new_room, config.history);
        Ok(RoomSource::File(Box::new(
            opened.map_err(io::Error::other)?,
        )))
    }

    /// Returns the id of the room.
    pub(crate) fn id(&self) -> Arc<str> {
        match self {
            RoomSource::New(id) => Arc::clone(id),
            RoomSource::File(opened) => opened.room.as_str().into(),
            RoomSource::Cluster(clustering) => clustering.room_id(),
        }
    }
}
