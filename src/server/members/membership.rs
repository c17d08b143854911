//! How the hub takes clients in and lets them go.

use std::time::Instant;

use crate::server::ending::Ending;
use crate::server::http::refusal::Refusal;
use crate::server::http::route::Upgrade;
use crate::server::hub::Hub;
use crate::server::queue::Block;
use crate::server::socket::ClientId;
use crate::server::write_half::WriteHalf;
use crate::server::writer::{Hears, Order};
use crate::{frame, line};

impl Hub {
    /// Makes the answer to the upgrade the first thing that the client gets, after the room has taken it in: whoever has
    /// seen his 101 is a member, and misses nothing from then on.
    pub(in crate::server) fn join(&mut self, id: ClientId, half: WriteHalf, upgrade: Upgrade) {
        self.batches.seal();
        let hears = if upgrade.asked.is_some() {
            Hears::Everyone
        } else {
            Hears::Itself
        };
        let mut first = upgrade.switching.to_vec();
        let mut lines = 0;
        if let Some(asked) = upgrade.asked {
            let joined = self.room.join(id, asked, Instant::now(), &mut self.batches);
            for line in &joined.greeting {
                frame::append_text(&mut first, line);
                lines += usize::from(line::number(line).is_some());
            }
            if let Some(replaced) = joined.replaced {
                self.batches
                    .put(replaced, Order::End(replaced, Ending::Replaced));
            }
        }
        let first = Block::new(first.into()).with_lines(lines);
        self.batches.put(id, Order::Join(half, id, first, hears));
    }

    /// A Join that comes after the stop: it is answered, but nobody is taken in.
    pub(in crate::server) fn refuse(&mut self, id: ClientId, half: WriteHalf) {
        // The reason is said before the writer ends the socket. Saying it is no I/O.
        half.socket().end(Ending::Stopping);
        let refusal = Refusal::stopping();
        half.socket().traffic().count_refusal(refusal.status);
        let answer = Block::last(refusal.to_bytes().into());
        self.batches
            .put(id, Order::Join(half, id, answer, Hears::Itself));
    }

    /// Lets somebody go. He does not hear of it himself, so the lines so far are sealed first.
    pub(in crate::server) fn leave(&mut self, id: ClientId) {
        self.batches.seal();
        self.batches.put(id, Order::Leave(id));
        self.room.leave(id, Instant::now(), &mut self.batches);
    }

    /// Gives everybody his last block. What was said before is ahead of it, and nothing will be said after it.
    pub(in crate::server) fn stop(&mut self) {
        self.is_stopping = true;
        self.waiters.dismiss();
        self.batches.put_stop();
    }
}
