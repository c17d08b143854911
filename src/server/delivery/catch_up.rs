//! A thread that writes one block to a client, and may wait for the client.

use std::io;
use std::thread;

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::base::semaphore::Permit;
use crate::base::thread::STACK_SIZE;
use crate::server::delivery::block::Block;
use crate::server::delivery::messages::{CatchUpOutcome, WriterMessage};
use crate::server::net::write_half::WriteHalf;

/// Starts a thread that writes all of `block`, waits for the peer if necessary, and then reports to `writer`.
///
/// # Errors
/// Fails if the thread cannot be started. The write half is then dropped.
pub fn spawn(
    client: ClientId,
    half: WriteHalf,
    block: Block,
    permit: Permit,
    writer: Sender<WriterMessage>,
) -> io::Result<()> {
    thread::Builder::new()
        .name(format!("catch-up-{client}"))
        .stack_size(STACK_SIZE)
        .spawn(move || {
            let outcome = catch_up(half, &block);
            // The permit is released before the report, because the writer may need it immediately for the same client.
            drop(permit);
            // A writer always returns to its channel, so this wait is short. The send fails only if the writer has panicked.
            let _ = writer.send(WriterMessage::CaughtUp { client, outcome });
        })?;
    Ok(())
}

/// Writes the whole block. If that fails, the connection ends, so no later bytes can follow an incomplete frame.
fn catch_up(mut half: WriteHalf, block: &Block) -> CatchUpOutcome {
    match half.write_all(&block.bytes) {
        Ok(()) if block.is_last => {
            half.finish();
            CatchUpOutcome::LastBlockWritten
        }
        Ok(()) => {
            half.socket().counters().count_delivered(block.lines);
            CatchUpOutcome::Ready(half)
        }
        Err(reason) => {
            half.socket().set_disconnect_reason(reason);
            half.socket().shut_down();
            CatchUpOutcome::Broken
        }
    }
}
