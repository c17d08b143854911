//! What the server holds while the clients do what they like.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::support::resources::{descriptors, resident, threads};
use crate::support::threads::names;
use crate::support::wait::until;

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(250);

/// How much more memory the last quarter may need than the second, in bytes.
const GROWTH: usize = 16 << 20;

pub struct Watch {
    pid: u32,
    before: usize,
    over: Arc<AtomicBool>,
    samples: JoinHandle<Vec<usize>>,
}

impl Watch {
    /// Watches a server with at most so many clients. The recorder is there.
    pub fn start(pid: u32, clients: u64) -> Watch {
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let before = descriptors(pid);
        let samples = thread::spawn(move || {
            // One that has vanished is there until its thread has seen that; its heir is there already.
            let most = 2 * clients as usize + 50;
            let mut samples = Vec::new();
            while !is_over.load(Ordering::Acquire) {
                let held = (names(pid).unwrap().len(), descriptors(pid));
                assert!(
                    held.0 <= 2 * most && held.1 <= 2 * most,
                    "threads and descriptors: {held:?}"
                );
                samples.push(resident(pid));
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

    /// All clients have left, the recorder too: what they held must come back.
    pub fn end(self) {
        self.over.store(true, Ordering::Release);
        let samples = self.samples.join().unwrap();
        let quarter = |number: usize| {
            let length = samples.len() / 4;
            samples[number * length..][..length]
                .iter()
                .copied()
                .max()
                .unwrap_or_default()
        };
        let (second, last) = (quarter(1), quarter(3));
        println!(
            "  memory: {} KiB, at the end {} KiB",
            second / 1024,
            last / 1024
        );
        assert!(
            last <= second + GROWTH,
            "memory grows: {second} bytes, then {last}"
        );
        until(|| threads(self.pid, "conn-"), |&count| count == 0);
        until(|| threads(self.pid, "catch-up-"), |&count| count == 0);
        until(|| descriptors(self.pid), |&count| count < self.before);
    }
}
