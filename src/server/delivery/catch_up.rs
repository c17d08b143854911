//! A thread for one client whose socket is full, for as long as one block takes.

use std::io;
use std::thread;

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::base::semaphore::Permit;
use crate::base::thread::STACK_SIZE;
use crate::server::delivery::messages::{CaughtUp, WriterMessage};
use crate::server::delivery::queue::Block;
use crate::server::net::write_half::WriteHalf;

/// Starts a thread that writes `block`, waiting for the peer as long as it takes something, and reports to its writer.
///
/// A block has left the queue, so it is written to its end: no frame is ever cut, unless the socket breaks.
///
/// # Errors
/// Those of starting a thread. The write half is dropped then.
pub fn spawn(
    id: ClientId,
    half: WriteHalf,
    block: Block,
    permit: Permit,
    writer: Sender<WriterMessage>,
) -> io::Result<()> {
    thread::Builder::new()
        .name(format!("catch-up-{id}"))
        .stack_size(STACK_SIZE)
        .spawn(move || {
            let how = catch_up(half, &block);
            // The place is free before the writer hears of it and may need it again for the same client.
            drop(permit);
            // The writer waits for nobody, so this send is short. It fails only if the writer is gone, and then so is the room.
            let _ = writer.send(WriterMessage::CaughtUp(id, how));
        })?;
    Ok(())
}

fn catch_up(mut half: WriteHalf, block: &Block) -> CaughtUp {
    match half.write_all(&block.bytes) {
        Ok(()) if block.is_last => {
            half.finish();
            CaughtUp::Finished
        }
        Ok(()) => {
            half.socket().counters().count_delivered(block.lines);
            CaughtUp::Ready(half)
        }
        Err(ending) => {
            half.socket().end(ending);
            half.socket().shut_down();
            CaughtUp::Broken
        }
    }
}
