//! A bad network between a client and a server. Each connection has two threads, one for each direction. A thread blocks
//! in `read`, holds the bytes until their delay is over, and blocks in `write`.
//!
//! Every wait ends. A `read` ends when its peer sends or closes, or when earlier bytes are due. A `write` ends when its peer reads or
//! closes. [`end`] ends both. A sleep ends after its time. A wait in [`LinkMode::Swallow`] ends when the mode changes.

use std::collections::VecDeque;
use std::io::ErrorKind::{BrokenPipe, Interrupted, WouldBlock};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// The maximum number of pieces, of up to 4 KiB each, in flight in one direction of a connection. At this limit, TCP
/// holds the sender back.
const MAX_IN_FLIGHT: usize = 256;
/// In slow mode, 100 bytes pass in each direction every 100 ms: 1 kB a second.
const SLOW: (usize, Duration) = (100, Duration::from_millis(100));

/// What the network does with bytes whose delay is over. Swallowed bytes are lost, and neither peer notices until the mode changes.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub enum LinkMode {
    #[default]
    Pass,
    Swallow,
    Slow,
}

/// A network that delays both directions of every connection.
#[derive(Default)]
pub struct Relay {
    pub delay: Duration,
    pub mode: Mutex<LinkMode>,
    pub mode_changed: Condvar,
}

/// The socket to a client, and the socket to the server.
pub type Pair = [TcpStream; 2];

impl Relay {
    /// Starts the two threads of a connection. The returned pointer cannot be upgraded after both threads have ended.
    pub fn forward(self: &Arc<Relay>, pair: Pair) -> io::Result<Weak<Pair>> {
        let pair = Arc::new(pair);
        for (from, name) in ["up", "down"].into_iter().enumerate() {
            pair[from].set_nodelay(true)?;
            let (relay, pair) = (Arc::clone(self), Arc::clone(&pair));
            let direction = thread::Builder::new().name(name.to_owned());
            direction.spawn(move || {
                relay
                    .copy(&pair[from], &pair[1 - from])
                    .unwrap_or_else(|_| end(&pair));
            })?;
        }
        Ok(Arc::downgrade(&pair))
    }

    pub fn set_mode(&self, mode: LinkMode) {
        *lock(&self.mode) = mode;
        self.mode_changed.notify_all();
    }

    /// Copies bytes from `from` to `to` until `from` ends. Then shuts down the write side of `to`.
    fn copy(&self, mut from: &TcpStream, to: &TcpStream) -> io::Result<()> {
        let mut in_flight: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
        let (mut has_ended, mut piece) = (false, [0; 4096]);
        while !has_ended || !in_flight.is_empty() {
            let now = Instant::now();
            let first = in_flight.front();
            if let Some((_, bytes)) = first.filter(|(due, _)| *due <= now) {
                self.deliver(bytes, to)?;
                in_flight.pop_front();
                continue;
            }
            let left = first.map(|(due, _)| due.saturating_duration_since(now));
            if has_ended || in_flight.len() >= MAX_IN_FLIGHT {
                thread::sleep(left.unwrap_or_default());
                continue;
            }
            // The `read` blocks until new bytes arrive or earlier bytes are due.
            from.set_read_timeout(left)?;
            match from.read(&mut piece) {
                Ok(0) => has_ended = true,
                Ok(read) => {
                    in_flight.push_back((Instant::now() + self.delay, piece[..read].to_vec()));
                }
                Err(error) if [WouldBlock, Interrupted].contains(&error.kind()) => {}
                Err(error) => return Err(error),
            }
        }
        self.deliver(&[], to)?;
        to.shutdown(Shutdown::Write)
    }

    /// Writes bytes according to the mode. In [`LinkMode::Swallow`], waits until the mode changes, and then fails: after
    /// a loss, a TCP connection cannot continue.
    fn deliver(&self, bytes: &[u8], mut to: &TcpStream) -> io::Result<()> {
        let mode = *lock(&self.mode);
        match mode {
            LinkMode::Pass => to.write_all(bytes),
            LinkMode::Slow => bytes.chunks(SLOW.0).try_for_each(|bytes| {
                thread::sleep(SLOW.1);
                to.write_all(bytes)
            }),
            LinkMode::Swallow => {
                let swallows = |mode: &mut LinkMode| *mode == LinkMode::Swallow;
                drop(self.mode_changed.wait_while(lock(&self.mode), swallows));
                Err(BrokenPipe.into())
            }
        }
    }
}

/// Ends both directions of a connection, without a Close frame.
pub fn end(pair: &Pair) {
    for socket in pair {
        let _ = socket.shutdown(Shutdown::Both);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
