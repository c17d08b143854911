//! The client of steps 6a and 6b: two threads that share the write side of one socket.

use std::error::Error;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use blocking_chat::client::connect::masked::masked;
use tungstenite::{Bytes, Message};

use super::{lesson, peer};

/// How long `main` blocks in `read` before it tries again to write the rest of a Pong.
const RETRY: Duration = Duration::from_millis(20);

/// The write side of a socket.
pub trait SharedWriteSide: Send + Sync + 'static {
    /// Writes a whole frame for `stdin`. May block indefinitely.
    fn send(&self, frame: Bytes) -> io::Result<()>;

    /// Writes what tungstenite itself sends, mainly Pongs. Only `main` calls this.
    fn answer(&self, pong: Bytes) -> io::Result<()>;

    /// Tries to write the rest of an earlier Pong, without waiting. `main` calls this before each `read`. Returns
    /// whether `main` must try again.
    fn try_flush(&self) -> io::Result<bool> {
        Ok(false)
    }
}

/// Runs a client until its connection ends: thread `stdin` sends each line of stdin, and `main` prints each line that arrives.
pub fn run<W: SharedWriteSide>(
    source: &str,
    new: fn(TcpStream) -> W,
) -> Result<(), Box<dyn Error>> {
    let url = peer::url()?;
    lesson::log(lesson::text(source));
    let socket = peer::connect(&url)?;
    let write_side = Arc::new(new(socket.try_clone()?));
    let stream = SplitStream {
        socket,
        write_side: Arc::clone(&write_side),
    };
    let handshake = tungstenite::client(&url, stream);
    let (mut websocket, _) = handshake.map_err(|error| error.to_string())?;
    let stdin = thread::Builder::new().name("stdin".to_owned());
    stdin.spawn(move || send_all(&*write_side))?;
    loop {
        // A Ping needs no code here: the next `read` sends the Pong before it blocks.
        match websocket.read()? {
            Message::Text(line) => writeln!(io::stdout(), "{line}")?,
            Message::Close(_) => return Ok(()),
            _ => {}
        }
    }
}

/// Sends each line of stdin, then a Close. If a send fails, the connection is lost, and `main` notices that too.
fn send_all(write_side: &impl SharedWriteSide) {
    let mut lines = io::stdin().lock().lines().map_while(Result::ok);
    let sent = lines.try_for_each(|line| write_side.send(masked(Message::text(line))));
    let _ = sent.and_then(|()| write_side.send(masked(Message::Close(None))));
}

/// The stream that tungstenite uses. What tungstenite itself writes, such as Pongs, goes through the write side.
struct SplitStream<W> {
    socket: TcpStream,
    write_side: Arc<W>,
}

impl<W: SharedWriteSide> Read for SplitStream<W> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            let retry = self.write_side.try_flush()?.then_some(RETRY);
            self.socket.set_read_timeout(retry)?;
            match self.socket.read(bytes) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                result => return result,
            }
        }
    }
}

impl<W: SharedWriteSide> Write for SplitStream<W> {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        self.write_side.answer(Bytes::copy_from_slice(frames))?;
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
