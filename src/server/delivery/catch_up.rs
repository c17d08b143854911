//! A thread that writes blocks to a client that is behind, and may wait for the client.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crossbeam_channel::Receiver;

use crate::base::id::ClientId;
use crate::base::receive::receive;
use crate::base::thread::STACK_SIZE;
use crate::server::delivery::block::Block;
use crate::server::delivery::messages::{CatchUpJob, CatchUpOutcome, WriterMessage};
use crate::server::delivery::writer_state::WriterState;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// Starts a thread that writes the block of each job, waits for the peer if necessary, and then reports to the writer.
/// The thread ends when the sender of `jobs` is dropped.
///
/// # Errors
/// Fails if the system has no thread left.
pub fn spawn(client: ClientId, jobs: Receiver<CatchUpJob>, state: &WriterState) -> io::Result<()> {
    let (writer, shutdown_guard) = (state.inbox.clone(), state.shutdown_guard.clone());
    let run = move || {
        while let Ok(CatchUpJob { half, block }) = receive(&jobs, None) {
            // A panic is a bug. It ends only this client's connection.
            let outcome = catch_unwind(AssertUnwindSafe(|| catch_up(half, &block)))
                .unwrap_or(CatchUpOutcome::Broken(DisconnectReason::Panicked));
            // A writer always returns to its channel, so this wait is short. The send fails only if the writer has panicked.
            let _ = writer.send(WriterMessage::CaughtUp { client, outcome });
        }
        drop(shutdown_guard);
    };
    let thread = thread::Builder::new().name(format!("catch-up-{client}"));
    thread.stack_size(STACK_SIZE).spawn(run)?;
    Ok(())
}

/// Writes the whole block. If that fails, nothing more may be sent, because the last frame may be incomplete.
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
        Err(reason) => CatchUpOutcome::Broken(reason),
    }
}
