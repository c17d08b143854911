//! How the server stops. Its text is its specification.
//!
//! Before this begins, every pause has ended: the channel that they wait for has disconnected.
//!
//! 1. A socket made at bind time connects to the server itself. `accept` takes who came before it, and then ends.
//! 2. `Stop` goes down the hub's channel, so what was said before is ahead of it. After it nothing more is said, long polls
//!    end, a Join gets a 503 in place of its 101, and every WebSocket gets Close 1001 as its last block.
//! 3. The reads of all others end: what has come already is answered, a request that is not whole gets a 503, and a
//!    connection between two requests ends.
//! 4. Every WebSocket that keeps reading gets what was said before, and then its 1001.
//! 5. At the close timeout the sockets of all who are still there are shut down.
//! 6. With the last connection the hub ends, and tells the writers `End`; a writer ends when nobody is behind.
//! 7. No thread is joined: each thread holds a clone of one sender, and this waits, with its deadline, until all are dropped.

use std::convert::Infallible;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError};

use crate::server::lifecycle::accept_waker::AcceptWaker;

use crate::base::deadline::Deadline;
use crate::server::delivery::messages::WriterMessage;
use crate::server::hub::messages::HubMessage;
use crate::server::lifecycle::start::Started;

/// How long a stop waits beyond the close timeout for threads that have been told to end: 0.5 s.
pub const GRACE: Duration = Duration::from_millis(500);

/// What a stop needs.
#[derive(Debug)]
pub struct Stop {
    /// What wakes `accept`.
    pub waker: AcceptWaker,
    /// Whom to tell and whom to wake.
    pub started: Started,
    /// Disconnects when the last thread has ended.
    pub all_threads_done: Receiver<Infallible>,
    /// How long the peers have for their goodbye.
    pub close_timeout: Duration,
}

impl Stop {
    /// Stops the threads, and returns when all have ended, at the latest half a second after the close timeout.
    ///
    /// If the hub has panicked, no peer gets a goodbye, so none has the close timeout.
    pub fn run(self) {
        let deadline = Deadline::after(self.close_timeout);
        let Started {
            hub,
            writers,
            registry,
        } = self.started;
        self.waker.wake();
        // If this does not get through in time, the process ends without it.
        let stop = hub.send_deadline(HubMessage::Stop, deadline.instant());
        let has_hub = !matches!(stop, Err(SendTimeoutError::Disconnected(_)));
        // The hub ends with its last sender.
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
                // A writer waits for its channel only, so there is soon room in it.
                let _ = writer.send_timeout(WriterMessage::End, GRACE);
            }
        }
        let _ = self.all_threads_done.recv_timeout(GRACE);
    }
}
