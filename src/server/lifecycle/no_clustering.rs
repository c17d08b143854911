//! In place of `clustering` where the feature `redis` is off: each server is alone.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use crate::base::supervisor::Supervisor;
use crate::server::cluster::link::HubLink;
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::ClusterStatus;
use crate::server::config::Config;
use crate::server::delivery::messages::WriterMessage;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;

/// A server in a cluster, of which there is none.
#[derive(Debug)]
pub enum Clustering {}

/// What the threads of a cluster need.
#[derive(Debug)]
#[allow(missing_docs, reason = "nothing reads it")]
pub struct ClusterContext<'a> {
    pub config: &'a Config,
    pub writers: Vec<Sender<WriterMessage>>,
    pub room_id: RoomId,
    pub metrics: &'a Metrics,
    pub log: &'a Log,
    pub stop: &'a Receiver<Infallible>,
}

impl Clustering {
    /// Refuses `--redis`.
    ///
    /// # Errors
    /// A sentence if the option is there.
    pub fn enter(config: &Config) -> io::Result<Option<Clustering>> {
        match config.redis {
            None => Ok(None),
            Some(_) => Err(io::Error::other(
                "this server was built without Redis: build it with `--features redis`",
            )),
        }
    }

    /// Is never called.
    pub fn room_id(&self) -> Arc<str> {
        match *self {}
    }

    /// Is never called.
    pub fn start(
        self,
        _: ClusterContext<'_>,
        _: &Supervisor,
    ) -> io::Result<(HubLink, Arc<ClusterStatus>)> {
        match self {}
    }
}
