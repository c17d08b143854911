//! A thread that writes blocks to a client that is behind, and may wait for the client.

use std::io;
use std::thread;

use crossbeam_channel::{Receiver, Sender};

use crate::base::id::ClientId;
use crate::base::receive::receive;
use crate::base::thread::STACK_SIZE;
use crate::server::delivery::block::Block;
use crate::server::delivery::messages::{CatchUpJob, CatchUpOutcome, WriterMessage};
use crate::server::net::write_half::WriteHalf;

/// Starts a thread that writes the block of each job, waits for the peer if necessary, and then reports to `writer`. The
/// thread ends when the sender of `jobs` is dropped.
///
/// # Errors
/// Fails if the system has no thread left.
pub fn spawn(
    client: ClientId,
    jobs: Receiver<CatchUpJob>,
    writer: Sender<WriterMessage>,
) -> io::Result<()> {
    thread::Builder::new()
        .name(format!("catch-up-{client}"))
        .stack_size(STACK_SIZE)
        .spawn(move || {
            while let Ok(CatchUpJob { half, block }) = receive(&jobs, None) {
                let outcome = catch_up(half, &block);
                // A writer always returns to its channel, so this wait is short. It fails only if the writer has panicked.
                let _ = writer.send(WriterMessage::CaughtUp { client, outcome });
            }
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
