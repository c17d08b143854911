//! Counts what was read, and slows down a client that sends too fast.

use std::mem;

use crate::server::connection::ws_stream::WsStream;

impl WsStream<'_> {
    /// Counts a message that was read, and pauses if the client sends too fast.
    pub(crate) fn throttle(&mut self, cost: usize) {
        self.fragments = self.fragments.saturating_sub(1);
        self.rate_limiter.throttle(cost, self.connection);
    }

    /// Counts the frames that were read without completing a message. tungstenite reads on until a message is complete,
    /// and a message of empty frames might never end.
    pub(super) fn throttle_fragments(&mut self) {
        if self.fragments > 0 {
            let fragments = mem::take(&mut self.fragments);
            self.rate_limiter.throttle(fragments, self.connection);
        }
    }
}
