//! Counts what was read, and slows down a client that sends too fast.

use std::mem;

use crate::server::connection::ws_stream::WsStream;

impl WsStream<'_> {
    /// Counts a message that was read, and pauses if the client sends too fast.
    pub(crate) fn throttle(&mut self, cost: usize) {
        self.uncounted_frames = self.uncounted_frames.saturating_sub(1);
        self.rate_limiter.throttle(cost, self.connection);
    }

    /// Counts the frames that have not completed a message, and pauses if the client sends too fast. tungstenite reads
    /// on until a message is complete, and a message of empty frames might never end.
    pub(super) fn throttle_uncounted(&mut self) {
        if self.uncounted_frames > 0 {
            let frames = mem::take(&mut self.uncounted_frames);
            self.rate_limiter.throttle(frames, self.connection);
        }
    }
}
