//! How the hub of a cluster stops.

use std::mem;
use std::time::{Duration, Instant};

use crate::server::cluster::event::RoomEvent;
use crate::server::cluster::hub::{ClusterHub, Phase};
use crate::server::http::error_response::ErrorResponse;
use crate::server::observe::disconnect::DisconnectReason;

/// How long a stop waits for the entries that precede it: 1 s at most. They take longer only if Redis is unreachable or slow.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(1);

impl ClusterHub {
    /// Begins to stop. Lines sent earlier are still delivered, because they precede [`RoomEvent::Stop`] in the log.
    pub(super) fn stop(&mut self) {
        self.long_polls.drop_all();
        self.early.clear();
        let wait = STOP_TIMEOUT.min(self.leave_timeout / 8);
        self.phase = Phase::Stopping {
            deadline: Instant::now() + wait,
            is_published: false,
        };
        self.continue_stop();
    }

    /// Publishes the stop as soon as the publisher's channel has space. At the deadline, the stop continues without the log.
    pub(super) fn continue_stop(&mut self) {
        let Phase::Stopping {
            deadline,
            is_published,
        } = &mut self.phase
        else {
            return;
        };
        *is_published = *is_published || self.publisher.try_send(RoomEvent::Stop).is_ok();
        if *deadline <= Instant::now() {
            self.finish_stop();
        }
    }

    /// Gives each client its last block.
    pub(super) fn finish_stop(&mut self) {
        if self.phase == Phase::Stopped {
            return;
        }
        self.phase = Phase::Stopped;
        let response = ErrorResponse::stopping();
        for (client, lost) in mem::take(&mut self.clients) {
            self.cancel(client, lost, &response, DisconnectReason::ShuttingDown);
        }
        self.batches.push_stop();
    }
}
