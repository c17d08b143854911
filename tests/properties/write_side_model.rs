//! The client's write side in a model checker, which decides at each lock which thread continues.
//!
//! The code is the client's own: `write_side.rs` is compiled a second time, with modules of this file in place of the
//! crate's. A schedule fails if a thread waits forever, a frame is forgotten, or a frame follows a Close.

use std::io;

use shuttle::sync::{Arc, Condvar, Mutex};
use shuttle::thread;
use shuttle::{Config, MaxSteps, Runner, scheduler};
use tungstenite::Bytes;

use crate::modelled_write_side::WriteSide;
use crate::runner::{SEED, fuzz_time};
use client::connect::transport::TransportStream;

/// Replaces the modules that the write side imports from `base`.
pub mod base {
    pub use blocking_chat::base::frame;

    pub mod sync {
        pub use shuttle::sync::{Arc, Mutex, MutexGuard};
        pub use std::sync::{PoisonError, TryLockError};
    }

    pub mod send {
        use std::io;

        use crate::write_side_model::Socket;

        pub fn without_waiting(socket: &Socket, bytes: &[u8]) -> io::Result<usize> {
            match socket.take(bytes) {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                sent => Ok(sent),
            }
        }
    }
}

/// Replaces the modules that the write side imports from `client`.
pub mod client {
    pub mod connect {
        pub mod transport {
            use std::io;

            use shuttle::sync::Mutex;
            use tungstenite::Bytes;

            use crate::write_side_model::Socket;

            /// A transport that sometimes has its own records to send, as TLS does.
            #[derive(Debug, Default)]
            pub struct TransportStream {
                pub stream: Socket,
                pub own_records: Mutex<Vec<u8>>,
            }

            impl TransportStream {
                pub fn seal(&self, bytes: Bytes, _is_last: bool) -> io::Result<Bytes> {
                    let mut records = std::mem::take(&mut *self.own_records.lock().unwrap());
                    records.extend(bytes);
                    Ok(records.into())
                }

                pub fn has_own_records(&self) -> bool {
                    !self.own_records.lock().unwrap().is_empty()
                }
            }
        }
    }
}

/// The maximum number of bytes in the socket: less than two frames, so some frames are sent in parts.
const CAPACITY: usize = 5;

/// A socket in memory.
#[derive(Debug, Default)]
pub struct Socket {
    state: Mutex<SocketState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct SocketState {
    waiting: Vec<u8>,
    may_read: bool,
}

impl Socket {
    /// Accepts the bytes that fit. Returns the number of accepted bytes.
    fn take(&self, bytes: &[u8]) -> usize {
        let mut state = self.state.lock().unwrap();
        let sent = bytes.len().min(CAPACITY - state.waiting.len());
        state.waiting.extend(&bytes[..sent]);
        self.changed.notify_all();
        sent
    }

    /// Waits until the socket has bytes. Removes and returns all of them.
    fn read(&self) -> Vec<u8> {
        let state = self.state.lock().unwrap();
        let empty = |state: &mut SocketState| state.waiting.is_empty();
        let mut state = self.changed.wait_while(state, empty).unwrap();
        self.changed.notify_all();
        std::mem::take(&mut state.waiting)
    }

    /// Lets the peer read from now on.
    fn allow_reads(&self) {
        self.state.lock().unwrap().may_read = true;
        self.changed.notify_all();
    }

    fn wait_until_allowed(&self) {
        let state = self.state.lock().unwrap();
        let must_wait = |state: &mut SocketState| !state.may_read;
        drop(self.changed.wait_while(state, must_wait).unwrap());
    }
}

impl io::Write for &Socket {
    /// Blocks until at least one byte fits, and accepts the bytes that fit.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let state = self.state.lock().unwrap();
        let full = |state: &mut SocketState| state.waiting.len() == CAPACITY;
        drop(self.changed.wait_while(state, full).unwrap());
        Ok(self.take(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8A;
const TLS_RECORD: u8 = 0xFF;

/// Returns a frame of three bytes. Its last byte distinguishes it from other frames of its kind.
fn frame(first: u8, number: u8) -> Bytes {
    vec![first, 1, number].into()
}

/// Reads complete frames until all of `expected` have arrived.
fn read_until(socket: &Socket, expected: &[(u8, u8)]) -> Vec<(u8, u8)> {
    let (mut frames, mut unread) = (Vec::new(), Vec::new());
    while !expected.iter().all(|frame| frames.contains(frame)) {
        unread.extend(socket.read());
        while let [first, 1, number, ..] = unread[..] {
            unread.drain(..3);
            frames.push((first, number));
        }
        assert!(unread.len() < 3, "{unread:?} is not a frame");
    }
    frames
}

fn numbers(frames: &[(u8, u8)], kind: u8) -> Vec<u8> {
    let of_kind = frames.iter().filter(|(first, _)| *first == kind);
    of_kind.map(|(_, number)| *number).collect()
}

/// Acts as the socket thread: offers two Pongs, lets the peer read, gives TLS a record of its own, and flushes until
/// everything fits.
fn socket_thread(transport: &TransportStream, write_side: &WriteSide) {
    write_side.offer(frame(PONG, 1));
    write_side.offer(frame(PONG, 2));
    transport.stream.allow_reads();
    transport
        .own_records
        .lock()
        .unwrap()
        .extend(frame(TLS_RECORD, 1));
    // Once everything fits, a real socket thread would block in a read without a timeout.
    while write_side.try_flush() {
        thread::yield_now();
    }
}

/// Three threads use a socket that fills up. All lines, the last Pong and the TLS record must arrive complete, and the
/// lines in order. If the stdin thread and the socket thread ended while a frame was unflushed, the peer would wait
/// forever.
fn nothing_is_forgotten() {
    let transport = Arc::new(TransportStream::default());
    let write_side = Arc::new(WriteSide::new(Arc::clone(&transport)));
    let stdin = thread::spawn({
        let write_side = Arc::clone(&write_side);
        move || {
            for number in 1..=2 {
                write_side.send(frame(TEXT, number)).unwrap();
            }
        }
    });
    let peer = thread::spawn({
        let transport = Arc::clone(&transport);
        move || {
            transport.stream.wait_until_allowed();
            read_until(&transport.stream, &[(TEXT, 2), (PONG, 2), (TLS_RECORD, 1)])
        }
    });
    socket_thread(&transport, &write_side);
    stdin.join().unwrap();
    let frames = peer.join().unwrap();
    assert_eq!(numbers(&frames, TEXT), [1, 2]);
    assert!([&[1, 2][..], &[2]].contains(&&numbers(&frames, PONG)[..]));
    assert_eq!(numbers(&frames, TLS_RECORD), [1]);
}

/// Like [`nothing_is_forgotten`], but a fourth thread sends a Close. No frame may follow the Close, and each line must
/// be either sent or refused.
fn nothing_follows_a_close() {
    let transport = Arc::new(TransportStream::default());
    let write_side = Arc::new(WriteSide::new(Arc::clone(&transport)));
    let stdin = thread::spawn({
        let write_side = Arc::clone(&write_side);
        move || {
            (1..=2)
                .filter(|&number| write_side.send(frame(TEXT, number)).is_ok())
                .collect()
        }
    });
    let closer = thread::spawn({
        let write_side = Arc::clone(&write_side);
        move || {
            let mut must_retry = write_side.offer(frame(CLOSE, 1));
            while must_retry {
                thread::yield_now();
                must_retry = write_side.try_flush();
            }
        }
    });
    let peer = thread::spawn({
        let transport = Arc::clone(&transport);
        move || {
            transport.stream.wait_until_allowed();
            read_until(&transport.stream, &[(CLOSE, 1)])
        }
    });
    socket_thread(&transport, &write_side);
    let sent: Vec<u8> = stdin.join().unwrap();
    closer.join().unwrap();
    let frames = peer.join().unwrap();
    assert_eq!(frames.last(), Some(&(CLOSE, 1)));
    assert!(transport.stream.state.lock().unwrap().waiting.is_empty());
    assert_eq!(numbers(&frames, TEXT), sent);
}

/// Runs `model` with many schedules. Some schedules are random. In the others, the running thread rarely changes.
fn explore(model: fn(), schedules: usize) {
    let config = |time| {
        let mut config = Config::new();
        config.max_steps = MaxSteps::FailAfter(10_000);
        config.max_time = time;
        config
    };
    match fuzz_time() {
        None => {
            let random = scheduler::RandomScheduler::new_from_seed(SEED, schedules);
            Runner::new(random, config(None)).run(model);
            let rare = scheduler::PctScheduler::new_from_seed(SEED, 3, schedules);
            Runner::new(rare, config(None)).run(model);
        }
        time => {
            let random = scheduler::RandomScheduler::new(usize::MAX);
            Runner::new(random, config(time.map(|time| time / 2))).run(model);
            let rare = scheduler::PctScheduler::new(3, usize::MAX);
            Runner::new(rare, config(time.map(|time| time / 2))).run(model);
        }
    }
}

#[test]
fn no_schedule_forgets_a_frame_or_blocks_the_socket_thread() {
    explore(nothing_is_forgotten, 200);
}

#[test]
fn no_schedule_lets_a_frame_follow_a_close() {
    explore(nothing_follows_a_close, 200);
}
