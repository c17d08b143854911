//! How a recipient is pinged and disconnected.

use std::mem;

use crate::base::frame::control;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::Audience;
use crate::server::delivery::recipient::{Outbox, Recipient};
use crate::server::delivery::writer_state::WriterState;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// The maximum number of bytes that the kernel can buffer for a socket: 416 KiB (`Socket::make_room`). If what must
/// precede a Close is longer, and no catch-up thread can start, nothing more is sent.
const MAX_LAST_BYTES: usize = 416 * 1024;

impl Recipient {
    /// Sends a Ping, ahead of all queued blocks.
    pub fn ping(&mut self, state: &mut WriterState) {
        let ping = Block::new(control::ping());
        match &mut self.outbox {
            Outbox::Behind(behind) => behind.queue.push_ping(ping),
            Outbox::Open(_) | Outbox::Closed => self.send(ping, state),
        }
    }

    /// Sends a Close with this reason, after all queued blocks. Does nothing if the connection is already ending.
    pub fn disconnect(&mut self, reason: DisconnectReason, state: &mut WriterState) {
        let close = close_block(&reason);
        // If a reason is already set, the connection is already ending.
        if self.socket.set_disconnect_reason(reason) {
            self.send(close, state);
        }
    }

    /// Disconnects a recipient whose backlog is full. A Close replaces all queued blocks.
    ///
    /// The queued blocks are also replaced if the connection is already ending for another reason. Otherwise, the reply
    /// to the client's Close could arrive although lines before it are missing.
    pub(super) fn close_slow(&mut self, state: &mut WriterState) {
        let reason = DisconnectReason::SlowConsumer;
        if let Outbox::Behind(behind) = &mut self.outbox {
            behind.queue.replace_with(close_block(&reason));
        }
        if self.socket.set_disconnect_reason(reason) && !self.has_left {
            state.close_deadlines.schedule_slow(self.id, &self.socket);
        }
    }

    /// Starts the close timeout of this recipient after its last block was sent. Does nothing if the client has left.
    pub(super) fn start_close_timeout(&self, state: &mut WriterState) {
        if !self.has_left {
            state.close_deadlines.schedule(self.id, &self.socket);
        }
    }

    /// Handles a Leave: the connection's thread reads no more messages. Queued blocks are still sent.
    pub fn leave(&mut self, state: &mut WriterState) {
        state.close_deadlines.forget(self.id);
        self.has_left = true;
        self.audience = Audience::Nobody;
        match mem::replace(&mut self.outbox, Outbox::Closed) {
            Outbox::Open(half) => half.finish(),
            behind_or_closed => self.outbox = behind_or_closed,
        }
    }

    /// Returns whether the writer may remove this recipient.
    pub(crate) fn is_finished(&self) -> bool {
        self.has_left && matches!(self.outbox, Outbox::Closed)
    }

    /// Disconnects a recipient for which no catch-up thread can start. Sends the rest of its current block and a Close
    /// if both fit into its socket. Otherwise shuts down the socket.
    ///
    /// `rest` may begin inside a frame, so it precedes the Close. If it is a whole first block, only its 101 response and
    /// the Close are sent: the lines between them might not fit. A last block, such as a 503, is sent alone.
    pub(super) fn close_without_thread(
        &mut self,
        mut half: WriteHalf,
        rest: &Block,
        state: &mut WriterState,
    ) {
        let (unsent, lines) = if !rest.is_last && rest.bytes.starts_with(b"HTTP/") {
            (response_head(&rest.bytes), 0)
        } else {
            (&*rest.bytes, rest.lines)
        };
        if unsent.len() > MAX_LAST_BYTES {
            return self.abort(DisconnectReason::Overloaded);
        }
        let mut last_bytes = unsent.to_vec();
        if !rest.is_last {
            last_bytes.extend_from_slice(&close_block(&DisconnectReason::Overloaded).bytes);
        }
        self.socket
            .set_disconnect_reason(DisconnectReason::Overloaded);
        self.socket.make_room();
        match half.send_now(&last_bytes) {
            Ok(sent) if sent == last_bytes.len() => {
                self.socket.counters().count_delivered(lines);
                half.finish();
                self.start_close_timeout(state);
            }
            _ => self.socket.shut_down(),
        }
    }

    /// Shuts down the socket at once, without a Close. This wakes its connection's thread.
    pub(super) fn abort(&mut self, reason: DisconnectReason) {
        self.socket.set_disconnect_reason(reason);
        self.socket.shut_down();
    }
}

/// Makes the last block for a recipient that is disconnected for this reason. The block is empty if the reason has no
/// Close.
fn close_block(reason: &DisconnectReason) -> Block {
    let close = match reason.close() {
        Some((code, reason)) => control::close(code, reason),
        None => Vec::new().into(),
    };
    Block::last(close)
}

/// Returns the head of a response, including the empty line after it.
fn response_head(bytes: &[u8]) -> &[u8] {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    end.map_or(bytes, |end| &bytes[..end + 4])
}
