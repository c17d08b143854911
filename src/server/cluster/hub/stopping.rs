//! How the hub of a cluster stops.

use std::mem;
use std::time::{Duration, Instant};

use crate::server::cluster::event::RoomEvent;
use crate::server::cluster::hub::{ClusterHub, Phase};
use crate::server::http::error_response::ErrorResponse;
use crate::server::observe::disconnect::DisconnectReason;

/// The maximum time a stop waits for earlier entries to return: 1 s. Only a slow or unreachable Redis takes longer.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(1);

impl ClusterHub {
    /// Begins to stop. Lines that precede [`RoomEvent::Stop`] in the log are still delivered if they return in time.
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

    /// During a stop, sends [`RoomEvent::Stop`] once the publisher's channel has space. At the deadline, stops anyway.
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

    /// Turns away the clients that are joining, and gives all others their last block. Later calls do nothing.
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
