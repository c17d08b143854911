//! Replaces `clustering` if the feature `redis` is off: each server has its own room.

use std::io;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::server::cluster::link::HubLink;
use crate::server::cluster::status::ClusterStatus;
use crate::server::config::Config;
use crate::server::delivery::messages::WriterMessage;
use crate::server::lifecycle::room_context::RoomContext;

/// A server in a cluster. Without the feature `redis`, no such value exists.
#[derive(Debug)]
pub enum Clustering {}

impl Clustering {
    /// Returns `None`, because a server without the feature `redis` cannot enter a cluster.
    ///
    /// # Errors
    /// Fails with a message for the user if `--redis` is given.
    pub fn enter(config: &Config) -> io::Result<Option<Clustering>> {
        match config.redis {
            None => Ok(None),
            Some(_) => Err(io::Error::other(
                "this server was built without Redis: build it with `--features redis`",
            )),
        }
    }

    /// Cannot be called: the type has no values.
    pub fn room_id(&self) -> Arc<str> {
        match *self {}
    }

    /// Cannot be called: the type has no values.
    pub(crate) fn start(
        self,
        _: &RoomContext<'_>,
        _: Vec<Sender<WriterMessage>>,
    ) -> io::Result<(HubLink, Option<Arc<ClusterStatus>>)> {
        match self {}
    }
}
