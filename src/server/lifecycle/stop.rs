//! How the server stops. This text is the specification.
//!
//! Before the first step, the server disconnects the channel that all pauses wait on. This ends every pause.
//!
//! 1. The server connects to itself, with a socket that was created at bind time. `accept` accepts all earlier
//!    connections, then ends.
//! 2. `Stop` passes through the hub's channel, after all lines that were sent earlier. Later lines are dropped, and
//!    long polls end. A later Join is answered with a 503 instead of its 101. Every WebSocket is sent Close 1001 as its
//!    last block.
//! 3. Reads end on all connections that are not WebSockets. A complete request is still answered. An incomplete request
//!    is answered with a 503. A connection between two requests ends.
//! 4. Every WebSocket client that keeps reading receives all earlier lines, and then its 1001. If the disk fails,
//!    unstored lines reach no client, the log reports how many there are, and the server ends with an error.
//! 5. At the close timeout, all remaining sockets are shut down.
//! 6. When the last connection has ended, the hub sends `End` to the writers and ends. With a history file, the keeper
//!    passes `End` on. A writer that has received `End` ends when none of its clients is behind.
//! 7. No thread is joined. Each thread holds a clone of `shutdown_guard`. The stop waits, with a deadline, until all
//!    clones are dropped.

use std::convert::Infallible;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError};

use crate::base::deadline::Deadline;
use crate::server::delivery::messages::WriterMessage;
use crate::server::lifecycle::accept_waker::AcceptWaker;
use crate::server::lifecycle::start::StopTargets;

/// How long the server waits for the threads to end, after the close timeout or a failed start: 0.5 s.
pub(crate) const THREAD_END_TIMEOUT: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Stop {
    pub waker: AcceptWaker,
    /// How to reach the other threads.
    pub targets: StopTargets,
    /// Disconnects when the last thread has ended.
    pub all_threads_done: Receiver<Infallible>,
    /// The time limit for the peers to close their connections.
    pub close_timeout: Duration,
}

impl Stop {
    /// Stops the threads, and returns when all have ended, or at the latest a second after the close timeout.
    ///
    /// If the hub has panicked, no peer is sent a Close, so the stop does not wait for the close timeout.
    pub(crate) fn run(self) {
        let deadline = Deadline::after(self.close_timeout);
        let StopTargets {
            hub,
            writers,
            registry,
            history_file: _,
        } = self.targets;
        self.waker.wake();
        // If the hub's channel is full until the deadline, the stop continues without this message.
        let stop = hub.stop(deadline);
        let has_hub = !matches!(stop, Err(SendTimeoutError::Disconnected(_)));
        // The hub ends when its last sender is dropped.
        drop(hub);
        if has_hub {
            for socket in registry.sockets() {
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
        for socket in registry.sockets() {
            socket.shut_down();
        }
        if !has_hub {
            for writer in &writers {
                // A writer waits only on its own channel, so the channel soon has room.
                let _ = writer.send_timeout(WriterMessage::End, THREAD_END_TIMEOUT);
            }
        }
        let _ = self.all_threads_done.recv_timeout(THREAD_END_TIMEOUT);
    }
}
