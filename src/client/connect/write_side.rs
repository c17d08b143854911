//! The write side of the socket, which several threads share, and the rule that prevents a deadlock.
//!
//! # The rule
//! A thread holds the mutex `writer` while it writes one whole frame, so frames never mix. Only `stdin` (or the thread
//! `send` in its place) may block: in [`WriteSide::send`], on the lock or in `write(2)`. **The socket thread never
//! blocks on either.** It puts its frame into a slot for one frame, and then *tries* the lock. If another thread holds
//! the lock, that thread writes the frame.
//!
//! Without the rule, two threads and the server can wait in a circle. `stdin` holds the lock and is blocked in `write(2)`,
//! because the server does not read. The server does not read, because it is blocked in its own `write(2)` until the socket
//! thread reads. The socket thread does not read, because it needs the lock to answer a Ping.
//!
//! # Why no frame is forgotten in the slot
//! 1. A thread puts its frame into the slot *before* it tries the lock.
//! 2. If it gets the lock, it writes the frame itself.
//! 3. Otherwise, another thread holds the lock. Each thread checks the slot *after* it releases the lock. The holder
//!    therefore finds the frame, unless a third thread has already written it.
//! 4. A thread that finds a frame tries the lock again, and continues with step 2 or 3 ([`WriteSide::try_flush`]).
//!
//! A check *before* the release is not enough: a frame may be put into the slot between the check and the release. The
//! frame would stay there until a thread next tries the lock. Two cases need no check after the release. If a frame did
//! not fit into the socket, the thread must try again anyway (see below). If a write failed, nothing more is written.
//!
//! # Why a slot for one frame is enough
//! Only the latest Ping needs an answer (RFC 6455, 5.5.3), so a new Pong replaces an old one. A Close is the last frame
//! (5.5.1). A Close replaces a Pong, but no frame replaces a Close or is written after it.
//!
//! # What does not fit into the socket
//! A thread that must not block uses the same call as the server's writers ([`send`]). It must hold the lock during this
//! call: on macOS, the call changes the socket's write timeout for up to 1 ms. Bytes that do not fit stay in `writer`, and
//! the next thread that has the lock writes them first. The socket thread calls `try_flush` before each read, and reads
//! with a timeout while bytes are left ([`ClientStream`](crate::client::connect::client_stream::ClientStream)).
//!
//! Records of TLS itself ([`tls`](crate::client::connect::tls)) wait until a thread has the lock, like a frame in the
//! slot. After a release, a thread checks for these records, too.

use std::io::{self, ErrorKind, Write};

use tungstenite::Bytes;

use crate::base::frame;
use crate::base::send;
use crate::base::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use crate::client::connect::transport::TransportStream;

/// The write side of a socket. The [module](self) explains its rule.
#[derive(Debug)]
pub struct WriteSide {
    transport: Arc<TransportStream>,
    writer: Mutex<FrameWriter>,
    /// A control frame that waits for the lock of `writer`. This mutex is never held during I/O.
    slot: Mutex<Option<Bytes>>,
}

/// What the mutex `writer` guards: how far the stream of frames has been written.
#[derive(Debug, Default)]
struct FrameWriter {
    /// The bytes of the current frame that are not yet written, as [`TransportStream::seal`] returned them.
    rest: Bytes,
    /// Whether a write has failed, or the current frame is a Close. If so, no other frame may be written.
    closed: bool,
}

/// Whether a thread may block in `write(2)`.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Blocking {
    Allowed,
    Forbidden,
}

impl WriteSide {
    /// Creates the write side of a socket. From then on, nothing else may write to the socket.
    pub fn new(transport: Arc<TransportStream>) -> Self {
        WriteSide {
            transport,
            writer: Mutex::default(),
            slot: Mutex::default(),
        }
    }

    /// Writes a whole masked frame, and then a frame that another thread has left in the slot. Blocks while the peer does
    /// not read, so the socket thread must not call it.
    ///
    /// # Errors
    /// Fails as write(2) or TLS does. The error is `WouldBlock` at the write timeout, and [`ErrorKind::BrokenPipe`] after
    /// a Close or an error. An error may leave a part of a frame written, so nothing more is written.
    pub fn send(&self, frame: Bytes) -> io::Result<()> {
        let mut writer = lock(&self.writer);
        writer.write_rest(&self.transport, Blocking::Allowed)?;
        writer.begin(&self.transport, frame)?;
        writer.write_rest(&self.transport, Blocking::Allowed)?;
        drop(writer);
        self.flush(Blocking::Allowed, || {}).map(|_| ())
    }

    /// Puts a masked control frame into the slot, unless a Close is there. Then tries to write what is in the slot. Never
    /// blocks. Any thread may call it. Returns what [`WriteSide::try_flush`] returns.
    pub fn offer(&self, frame: Bytes) -> bool {
        let mut slot = lock(&self.slot);
        if !slot.as_deref().is_some_and(frame::is_close) {
            *slot = Some(frame);
        }
        drop(slot);
        self.try_flush()
    }

    /// Writes waiting bytes and the frame in the slot, as far as they fit into the socket. Never blocks.
    ///
    /// Returns `true` if some bytes did not fit. In that case, the caller must call this function again. Otherwise nothing is
    /// left, or another thread holds the lock and will write the rest, or nothing more can be written.
    pub fn try_flush(&self) -> bool {
        self.try_flush_and(|| {})
    }

    /// Does the same as [`WriteSide::try_flush`], with a hook for a test. Calls `meanwhile` after it has emptied the slot,
    /// but before it releases the lock. At this point, another thread may put a frame into the slot.
    pub fn try_flush_and(&self, meanwhile: impl FnMut()) -> bool {
        // After an error, the next read fails, too. The error of that read decides how the connection ends.
        let flushed = self.flush(Blocking::Forbidden, meanwhile);
        flushed.unwrap_or(false)
    }

    fn flush(&self, blocking: Blocking, mut meanwhile: impl FnMut()) -> io::Result<bool> {
        loop {
            let Some(mut writer) = try_lock(&self.writer) else {
                return Ok(false);
            };
            writer.write_rest(&self.transport, blocking)?;
            if writer.rest.is_empty() && !writer.closed {
                // If the slot is empty, this seals only TLS's own records.
                let frame = lock(&self.slot).take();
                writer.begin(&self.transport, frame.unwrap_or_default())?;
                writer.write_rest(&self.transport, blocking)?;
            }
            if !writer.rest.is_empty() {
                return Ok(true);
            }
            meanwhile();
            let is_closed = writer.closed;
            drop(writer);
            // This is the check after the release. A thread that did not get the lock may have filled the slot.
            let is_left = lock(&self.slot).is_some() || self.transport.has_own_records();
            if is_closed || !is_left {
                return Ok(false);
            }
        }
    }
}

impl FrameWriter {
    /// Makes `frame` the current frame. The previous frame must be completely written. Fails after an error or a Close.
    fn begin(&mut self, transport: &TransportStream, frame: Bytes) -> io::Result<()> {
        if self.closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.closed = frame::is_close(&frame);
        self.rest = transport.seal(frame, self.closed)?;
        Ok(())
    }

    /// Writes the rest of the current frame: all of it, or as much as fits into the socket without blocking.
    fn write_rest(&mut self, transport: &TransportStream, blocking: Blocking) -> io::Result<()> {
        let mut stream = &transport.stream;
        let may_block = blocking == Blocking::Allowed;
        while !self.rest.is_empty() {
            let sent = match may_block {
                true => stream.write(&self.rest),
                false => send::without_waiting(stream, &self.rest),
            };
            match sent {
                Ok(sent) => drop(self.rest.split_to(sent.min(self.rest.len()))),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && !may_block => return Ok(()),
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

// A lock is poisoned if a thread panics while it holds the lock. That cannot happen to these two locks.

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
