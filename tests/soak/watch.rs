//! Watches the server's threads, descriptors and memory while the clients act.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::HISTORY;
use crate::support::resources::{descriptors, resident, threads};
use crate::support::threads::names;
use crate::support::wait::until;

/// The interval between samples.
const INTERVAL: Duration = Duration::from_millis(250);

/// The samples are compared by thirds, if each third has at least this many samples: 30 seconds' worth.
const MIN_SAMPLES: usize = 120;

/// The maximum growth of the mean memory from the second third to the last, in percent. The first third is not
/// compared, because the allocator's arenas still grow during it.
const MAX_GROWTH: usize = 10;

/// The maximum memory of the server at any time, in bytes. The history must fit, and so must the thread and the backlog
/// of each connection.
const MAX_MEMORY: usize = 96 << 20;

pub struct Watch {
    pid: u32,
    before: usize,
    over: Arc<AtomicBool>,
    samples: JoinHandle<Vec<usize>>,
}

impl Watch {
    /// Starts watching a server with at most `clients` clients. The recorder, which updates `newest`, must already be
    /// connected.
    pub fn start(pid: u32, clients: u64, newest: Arc<AtomicU64>) -> Watch {
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let before = descriptors(pid);
        let samples = thread::spawn(move || {
            // A client that has vanished and returned has two connections until the server notices that the old one is
            // gone.
            let max = 2 * clients as usize + 50;
            let mut samples = Vec::new();
            while !is_over.load(Ordering::Acquire) {
                let held = (names(pid).unwrap().len(), descriptors(pid));
                assert!(
                    held.0 <= 2 * max && held.1 <= 2 * max,
                    "threads and descriptors: {held:?}"
                );
                let memory = resident(pid);
                assert!(memory <= MAX_MEMORY, "the server uses {memory} bytes");
                // Memory may grow until the history is full.
                if newest.load(Ordering::Relaxed) > HISTORY {
                    samples.push(memory);
                }
                thread::park_timeout(INTERVAL);
            }
            samples
        });
        Watch {
            pid,
            before,
            over,
            samples,
        }
    }

    /// Ends the watch. All clients and the recorder must have left. Checks that memory stayed flat, and that the server
    /// has released the resources of all clients.
    pub fn end(self) {
        self.over.store(true, Ordering::Release);
        assert_flat(&self.samples.join().unwrap());
        until(|| threads(self.pid, "conn-"), |&count| count == 0);
        until(|| threads(self.pid, "catch-up-"), |&count| count == 0);
        until(|| descriptors(self.pid), |&count| count < self.before);
    }
}

/// Asserts that the mean of the last third is at most [`MAX_GROWTH`] percent above that of the second third. All
/// samples were taken with a full history.
fn assert_flat(samples: &[usize]) {
    let third = samples.len() / 3;
    if third < MIN_SAMPLES {
        println!("  memory: too few samples with a full history to compare");
        return;
    }
    let mean = |number: usize| samples[number * third..][..third].iter().sum::<usize>() / third;
    let [first, second, last] = [0, 1, 2].map(mean);
    let kib = [first, second, last].map(|bytes| bytes / 1024);
    println!("  memory in the thirds after the history was full: {kib:?} KiB");
    let limit = second + second * MAX_GROWTH / 100;
    assert!(last <= limit, "memory grows: {kib:?} KiB");
}
