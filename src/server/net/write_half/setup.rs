//! How a write half is created.

use std::convert::Infallible;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;

impl WriteHalf {
    /// Makes the only write half of this socket. The receiver disconnects when the write half is dropped.
    pub fn new(socket: &Arc<Socket>) -> (WriteHalf, Receiver<Infallible>) {
        let (sender, dropped) = bounded(0);
        let half = WriteHalf {
            socket: Arc::clone(socket),
            _dropped: sender,
        };
        (half, dropped)
    }
}
