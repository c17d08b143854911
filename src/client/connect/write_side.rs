//! The write side of the socket, which two threads share, and the rule that keeps them from waiting for each other
//! without end.
//!
//! # The rule
//! The mutex `frames` is held while one whole frame is written: no other frame's bytes come in between. Only `stdin`
//! (or `send` in its place) waits, for the lock and in `write(2)`, in [`WriteSide::send`]. **The socket thread waits
//! for neither.** It leaves its frame in a slot that has one place, and only then *tries* the lock. If the lock is
//! taken, its holder writes the frame.
//!
//! Without the rule all three can wait in a circle. `stdin` holds the lock in `write(2)`: the server does not read.
//! The socket thread waits for the lock, to answer a Ping, and so it no longer reads. The server is in its own
//! `write(2)`, because we do not read, and so it no longer reads either.
//!
//! # Why no frame is forgotten in the slot
//! A frame is put into the slot *before* the lock is tried. Each thread that releases the lock looks into the slot
//! *afterwards* ([`WriteSide::sweep`] does both). Suppose that a frame has been put there. Let T be the thread that
//! releases the lock last after that. There is one, because the thread that put the frame there got the lock or found
//! it taken. Then T looks. Either another thread has taken the frame out, or T finds it. In the second case the lock is
//! free, so T takes it again: T was not the last, which is a contradiction. Looking only *before* the release would not
//! do. A frame that comes after the look, but finds the lock still taken, would lie there until the next line is typed.
//! (Two release it without looking. One is a thread whose frame did not fit: it must come back, see below. The other is
//! one whose write failed: after that nothing more is written.)
//!
//! # Why one place is enough
//! Only the latest Ping needs an answer (RFC 6455, 5.5.3), so a pong replaces a pong. A Close is the last frame
//! (5.5.1): it replaces a pong, nothing replaces it, and nothing is written after it.
//!
//! # What does not fit into the socket
//! A thread that does not wait sends as the server's writers do. It does so only with the lock: on macOS, such a send
//! changes a timeout of the whole socket for a millisecond. What the socket does not take stays as the rest of its
//! frame; the next holder writes it first. Such a thread must come back: `sweep` returns `true` until nothing is left.
//! The socket thread comes back before each read, and reads with a timeout until nothing is left
//! ([`ClientStream`](crate::client::connect::client_stream::ClientStream)).
//!
//! # With TLS
//! A frame is sealed into records with the lock ([`tls`](crate::client::connect::tls)). TLS's own records wait for a
//! thread that has the lock, as a frame in the slot does. Each thread also looks for them after it releases the lock.

use std::io::{self, ErrorKind, Write};

use tungstenite::Bytes;

use crate::base::frame;
use crate::base::send;
use crate::base::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use crate::client::connect::transport::TransportStream;

/// The write side of a socket. See the module for its rule.
#[derive(Debug)]
pub struct WriteSide {
    transport: Arc<TransportStream>,
    frames: Mutex<Frames>,
    /// Its mutex is held for moving a value, never for I/O.
    slot: Mutex<Option<Bytes>>,
}

/// What the lock guards: where in the stream of frames we are.
#[derive(Debug, Default)]
struct Frames {
    /// What is still to be written of the last frame that was begun, as it goes to the socket.
    rest: Bytes,
    /// Whether a Close has been begun, or a write has failed: nothing more may be written.
    closed: bool,
}

/// Whether a thread may block in `write(2)`.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Patience {
    Wait,
    DontWait,
}

impl WriteSide {
    /// Takes the write side of a socket. From then on nothing else may write to it.
    pub fn new(transport: Arc<TransportStream>) -> Self {
        WriteSide {
            transport,
            frames: Mutex::default(),
            slot: Mutex::default(),
        }
    }

    /// Writes a whole masked frame, and what was left for the holder of the lock meanwhile. Blocks for as long as it
    /// takes the peer to read; the socket thread must not call it.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenPipe`] after a Close. `WouldBlock` if the peer took nothing for the socket's write
    /// timeout. It may have got a part of the frame, so nothing more is written, as after every other error.
    pub fn send(&self, frame: Bytes) -> io::Result<()> {
        let mut frames = lock(&self.frames);
        frames.push(&self.transport, Patience::Wait)?;
        frames.begin(&self.transport, frame)?;
        frames.push(&self.transport, Patience::Wait)?;
        drop(frames);
        self.sweep_as(Patience::Wait, || {}).map(|_| ())
    }

    /// Leaves a masked pong or Close to be written as soon as possible, and never waits. Any thread may call it.
    ///
    /// Returns what [`WriteSide::sweep`] does.
    pub fn leave(&self, frame: Bytes) -> bool {
        let mut slot = lock(&self.slot);
        if !slot.as_deref().is_some_and(frame::is_close) {
            *slot = Some(frame);
        }
        drop(slot);
        self.sweep()
    }

    /// Writes what waits, as far as the socket takes it, and never waits itself.
    ///
    /// Returns whether the caller must come back because something did not fit. If it is `false`, nothing is left, or
    /// another thread has the lock and will see to it, or nothing can be written any more.
    pub fn sweep(&self) -> bool {
        self.sweep_and(|| {})
    }

    /// The same, with a hook for a test. `meanwhile` is called after each look into the slot, before the lock is
    /// released. Another thread may then leave a frame.
    pub fn sweep_and(&self, meanwhile: impl FnMut()) -> bool {
        // The next read fails too, and its error decides how the connection ends.
        let swept = self.sweep_as(Patience::DontWait, meanwhile);
        swept.unwrap_or(false)
    }

    fn sweep_as(&self, patience: Patience, mut meanwhile: impl FnMut()) -> io::Result<bool> {
        loop {
            let Some(mut frames) = try_lock(&self.frames) else {
                return Ok(false);
            };
            frames.push(&self.transport, patience)?;
            if frames.rest.is_empty() && !frames.closed {
                // Without a frame in the slot, TLS's own records are sealed alone.
                let frame = lock(&self.slot).take();
                frames.begin(&self.transport, frame.unwrap_or_default())?;
                frames.push(&self.transport, patience)?;
            }
            if !frames.rest.is_empty() {
                return Ok(true);
            }
            meanwhile();
            let is_closed = frames.closed;
            drop(frames);
            // The look afterwards: a thread that found the lock taken until just now has left its frame here and gone.
            let is_left = lock(&self.slot).is_some() || self.transport.has_own_records();
            if is_closed || !is_left {
                return Ok(false);
            }
        }
    }
}

impl Frames {
    /// Makes `frame` the one to be written. There must be no rest of another one.
    fn begin(&mut self, transport: &TransportStream, frame: Bytes) -> io::Result<()> {
        if self.closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.closed = frame::is_close(&frame);
        self.rest = transport.seal(frame, self.closed)?;
        Ok(())
    }

    /// Writes the rest: all of it, or as much as the socket takes without waiting.
    fn push(&mut self, transport: &TransportStream, patience: Patience) -> io::Result<()> {
        let mut stream = &transport.stream;
        let waits = patience == Patience::Wait;
        while !self.rest.is_empty() {
            let sent = match waits {
                true => stream.write(&self.rest),
                false => send::without_waiting(stream, &self.rest),
            };
            match sent {
                Ok(sent) => drop(self.rest.split_to(sent.min(self.rest.len()))),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && !waits => return Ok(()),
                Err(error) => {
                    self.closed = true;
                    self.rest = Bytes::new();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

// A lock is poisoned if its holder panicked. No holder of these two can, and what they guard is always consistent.

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
