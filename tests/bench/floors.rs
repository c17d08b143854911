//! Floors: servers that check nothing and cannot handle a slow client. The cost of any other server is given as a
//! multiple of a floor's cost. A floor is the benchmark's own program, started with the floor's name.

mod hops;
mod one_loop;
mod threads;

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;

/// The name of the floor in which one thread waits on all sockets and sends new lines to each socket in one call.
pub const LOOP: &str = "floor-loop";
/// The name of the floor in which each socket has a reading thread. A hub thread passes the bytes of all sockets to a
/// writer thread, which sends them back.
pub const THREADS: &str = "floor-threads";
/// The name of the floor with the threads of a `chat-server` with one writer. The writer thread sends everything that a
/// client receives, even its 101. Compared with another floor, it shows what waking the hub and the writer costs.
pub const HOPS: &str = "floor-hops";
/// The target that a listening client of the floor [`THREADS`] requests. Whenever bytes arrive from any other client, the
/// floor sends the listening client a line.
pub const LISTEN: &str = "/listen";

const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// The text frame that a listening client receives.
pub const LINE: &[u8] = b"\x81\x06a line";
/// The stack size of a connection's thread, in bytes: the same as in `chat-server`.
const STACK_SIZE: usize = 256 * 1024;

/// Runs the floor with this name until the process ends. Returns only if no floor has this name.
pub fn run(name: &str) {
    let floor = match name {
        LOOP => one_loop::run,
        THREADS => threads::run,
        HOPS => hops::run,
        _ => return,
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 4096).unwrap();
    println!("listening on ws://{}/", listener.local_addr().unwrap());
    floor(&listener);
}

/// Starts a thread for each accepted socket. The thread runs a closure that `connection` makes for it.
fn spawn_for_each<F: FnOnce(TcpStream) + Send + 'static>(
    listener: &TcpListener,
    connection: impl Fn() -> F,
) {
    for stream in listener.incoming() {
        let (stream, connection) = (stream.unwrap(), connection());
        let thread = thread::Builder::new().stack_size(STACK_SIZE);
        thread.spawn(move || connection(stream)).unwrap();
    }
}

/// Appends the lines of `text` to `frames`, each as an unmasked frame with its number and a name in front. So a line is
/// about as long as one of `chat-server`, whose members in a burst are `guest-1` to `guest-32`.
fn append_lines(frames: &mut Vec<u8>, newest: &mut u64, text: &[u8]) {
    for line in text.split(|byte| *byte == b'\n') {
        *newest += 1;
        let numbered = [format!("{newest} guest-10: ").as_bytes(), line].concat();
        frames.extend_from_slice(&[0x81, numbered.len() as u8]);
        frames.extend_from_slice(&numbered);
    }
}

/// Removes the first frame from `bytes` and returns its text, or `None` while the frame is incomplete. The frame must
/// be masked and shorter than 64 KiB.
fn next_text(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (length, header) = match *bytes.get(1)? & 0x7f {
        126 => (
            usize::from(*bytes.get(2)?) << 8 | usize::from(*bytes.get(3)?),
            4,
        ),
        length => (usize::from(length), 2),
    };
    let end = header + 4 + length;
    let mask = <[u8; 4]>::try_from(bytes.get(header..header + 4)?).unwrap();
    let masked = bytes.get(header + 4..end)?;
    let text = masked
        .iter()
        .zip(mask.iter().cycle())
        .map(|(a, b)| a ^ b)
        .collect();
    bytes.drain(..end);
    Some(text)
}

/// Reads a request, and returns the stream and the request's target.
fn read_request(mut stream: TcpStream) -> (TcpStream, String) {
    stream.set_nodelay(true).unwrap();
    let mut request = [0; 1024];
    let length = stream.read(&mut request).unwrap();
    let request = String::from_utf8_lossy(&request[..length]);
    let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
    (stream, target)
}
