//! How a writer parts with a recipient, and how it asks whether it is still there.

use std::mem;

use crate::base::frame;
use crate::server::delivery::queue::Block;
use crate::server::delivery::recipient::{Outbox, Recipient};
use crate::server::delivery::writer_state::WriterState;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

impl Recipient {
    /// Sends a Ping, before what waits already.
    pub fn ping(&mut self, state: &mut WriterState) {
        let ping = Block::new(frame::ping());
        match &mut self.outbox {
            Outbox::Behind(queue) => queue.push_ping(ping),
            Outbox::Open(_) | Outbox::Closed => self.put(ping, state),
        }
    }

    /// Ends the recipient with a Close that says why, behind what waits already.
    pub fn end(&mut self, ending: DisconnectReason, state: &mut WriterState) {
        let close = close(&ending);
        // Whoever ends for another reason already has his last word on the way.
        if self.socket.end(ending) {
            self.put(close, state);
        }
    }

    /// Ends a recipient for which too much waits: it gets nothing of that any more, only a Close.
    ///
    /// Even one that is ending for another reason. If it got the reply to its Close, but not the lines before it, it would
    /// take them for never said.
    pub(crate) fn close_slow(&mut self, state: &mut WriterState) {
        if self.socket.end(DisconnectReason::SlowConsumer) && !self.has_left {
            state.close_deadlines.schedule_slow(self.id, &self.socket);
        }
        if let Outbox::Behind(queue) = &mut self.outbox {
            queue.replace_with(close(&DisconnectReason::SlowConsumer));
        }
    }

    /// Gives the peer the close timeout to go, now that it has had its last block.
    pub(crate) fn expect_to_go(&self, state: &mut WriterState) {
        if !self.has_left {
            state.close_deadlines.schedule(self.id, &self.socket);
        }
    }

    /// Takes note that nothing more will come, because the connection's thread reads no longer. What waits is still sent.
    pub fn leave(&mut self, state: &mut WriterState) {
        state.close_deadlines.forget(self.id);
        self.has_left = true;
        self.hears_everyone = false;
        match mem::replace(&mut self.outbox, Outbox::Closed) {
            Outbox::Open(half) => half.finish(),
            behind_or_closed => self.outbox = behind_or_closed,
        }
    }

    /// Whether the writer may forget this recipient.
    pub fn is_finished(&self) -> bool {
        self.has_left && matches!(self.outbox, Outbox::Closed)
    }

    /// Ends a recipient that is one too many to be behind. The kernel takes its last words in place of a thread.
    ///
    /// `rest` has been begun, so its end goes before the Close. Of a first block of which nothing has been sent, only the
    /// answer to the upgrade does: the kernel might not take the many lines behind it.
    pub(crate) fn close_without_thread(
        &mut self,
        mut half: WriteHalf,
        rest: &Block,
        state: &mut WriterState,
    ) {
        let (rest_of_it, lines) = if rest.bytes.starts_with(b"HTTP/") {
            (head_of(&rest.bytes), 0)
        } else {
            (&*rest.bytes, rest.lines)
        };
        let mut last_words = rest_of_it.to_vec();
        if !rest.is_last {
            last_words.extend_from_slice(&close(&DisconnectReason::Overloaded).bytes);
        }
        self.socket.end(DisconnectReason::Overloaded);
        self.socket.make_room();
        match half.send_now(&last_words) {
            Ok(sent) if sent == last_words.len() => {
                self.socket.counters().count_delivered(lines);
                half.finish();
                self.expect_to_go(state);
            }
            _ => self.socket.shut_down(),
        }
    }

    /// Gives up a socket that can take nothing more, and wakes its connection's thread.
    pub(crate) fn abort(&mut self, ending: DisconnectReason) {
        self.socket.end(ending);
        self.socket.shut_down();
    }
}

/// The last block of a recipient that ends for this reason. Empty if there is nothing to say, which still ends it.
fn close(ending: &DisconnectReason) -> Block {
    Block::last(
        ending
            .close()
            .map(|(code, reason)| frame::close(code, reason))
            .unwrap_or_default(),
    )
}

/// An answer without what follows it: everything up to the empty line.
fn head_of(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(bytes.len(), |end| end + 4);
    bytes.get(..end).unwrap_or(bytes)
}
