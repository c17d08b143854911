//! How a queue begins.

use std::collections::VecDeque;

use crate::server::delivery::backlog::Backlog;
use crate::server::delivery::queue::Queue;

impl Queue {
    /// Makes an empty queue.
    pub fn new(backlog: Backlog) -> Queue {
        Queue {
            backlog,
            ping: None,
            front: VecDeque::new(),
            blocks: VecDeque::new(),
            public_blocks: 0,
            public_bytes: 0,
            private_bytes: 0,
            is_closed: false,
        }
    }
}
