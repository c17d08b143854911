//! How the server stops. This text is the specification.
//!
//! Before it begins, every pause has ended, because the channel that pauses wait on has disconnected.
//!
//! 1. A socket that was created at bind time connects to the server itself. `accept` takes all earlier connections, then ends.
//! 2. `Stop` goes through the hub's channel, behind all lines that were said before. After it, no line is said and long
//!    polls end. A Join gets a 503 instead of its 101. Every WebSocket gets Close 1001 as its last block.
//! 3. The reads of all other connections end. A request that has arrived is answered, and an incomplete one gets a 503.
//!    A connection between two requests ends.
//! 4. Every WebSocket whose client keeps reading gets all lines that were said before, and then its 1001. If the disk takes
//!    no lines, it gets only the 1001, and the log says how many lines are not kept. That is an error of the server.
//! 5. At the close timeout, all remaining sockets are shut down.
//! 6. The hub ends after the last connection, and sends `End` to the writers, with a history file through the keeper. A writer ends when no client is behind.
//! 7. No thread is joined. Each thread holds a clone of one sender, except a catch-up thread, for which its writer waits. The
//!    stop waits, with a deadline, until all clones are dropped.

use std::convert::Infallible;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError};

use crate::base::deadline::Deadline;
use crate::server::delivery::messages::WriterMessage;
use crate::server::lifecycle::accept_waker::AcceptWaker;
use crate::server::lifecycle::start::Started;

/// How long a stop waits after the close timeout for the threads to end: 0.5 s.
pub(crate) const GRACE: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Stop {
    pub waker: AcceptWaker,
    /// How to reach the other threads.
    pub started: Started,
    /// Disconnects when the last thread has ended.
    pub all_threads_done: Receiver<Infallible>,
    /// How long the peers have to close their connections.
    pub close_timeout: Duration,
}

impl Stop {
    /// Stops the threads, and returns when all have ended, at the latest half a second after the close timeout.
    ///
    /// If the hub has panicked, no peer gets a Close, so no peer has the close timeout.
    pub(crate) fn run(self) {
        let deadline = Deadline::after(self.close_timeout);
        let Started {
            hub,
            writers,
            registry,
            history_file: _,
        } = self.started;
        self.waker.wake();
        // If the hub does not take this in time, the stop continues without it.
        let stop = hub.stop(deadline);
        let has_hub = !matches!(stop, Err(SendTimeoutError::Disconnected(_)));
        // The hub ends when its last sender is dropped.
        drop(hub);
        if has_hub {
            for socket in registry.all() {
                if !socket.is_websocket() {
                    socket.stop_reading();
                }
            }
            if self.all_threads_done.recv_deadline(deadline.instant())
                != Err(RecvTimeoutError::Timeout)
            {
                return;
            }
        }
        for socket in registry.all() {
            socket.shut_down();
        }
        if !has_hub {
            for writer in &writers {
                // A writer waits only for its channel, so the channel soon has room.
                let _ = writer.send_timeout(WriterMessage::End, GRACE);
            }
        }
        let _ = self.all_threads_done.recv_timeout(GRACE);
    }
}
