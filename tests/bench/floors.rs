//! Floors: servers that check nothing and cannot handle a slow client. The cost of any other server is given as a
//! multiple of a floor's cost. A floor is the benchmark's own program, started with the floor's name.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rustix::event::epoll;

/// The name of the floor in which one thread waits on all sockets and sends new lines to each socket in one call.
pub const LOOP: &str = "floor-loop";
/// The name of the floor in which each socket has a reading thread. A hub thread passes the bytes of all sockets to a
/// writer thread, which sends them back.
pub const THREADS: &str = "floor-threads";
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
        LOOP => one_loop,
        THREADS => thread_per_socket,
        _ => return,
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 4096).unwrap();
    println!("listening on ws://{}/", listener.local_addr().unwrap());
    floor(&listener);
}

fn one_loop(listener: &TcpListener) {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    let watch = |number: u64, it: &dyn std::os::fd::AsFd| {
        let data = epoll::EventData::new_u64(number);
        epoll::add(&poll, it.as_fd(), data, epoll::EventFlags::IN).unwrap();
    };
    watch(0, listener);
    let mut streams: HashMap<u64, (TcpStream, Vec<u8>)> = HashMap::new();
    let (mut buffer, mut lines, mut newest) = (vec![0; 256 * 1024], Vec::new(), 0);
    loop {
        let mut events = Vec::with_capacity(1024);
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None).unwrap();
        for event in &events {
            let number = event.data.u64();
            let Some((stream, unread)) = streams.get_mut(&number) else {
                let (mut stream, _) = read_request(listener.accept().unwrap().0);
                stream.write_all(SWITCHING).unwrap();
                let number = streams.len() as u64 + 1;
                watch(number, &stream);
                streams.insert(number, (stream, Vec::new()));
                continue;
            };
            let Ok(length @ 1..) = stream.read(&mut buffer) else {
                std::process::exit(0);
            };
            unread.extend_from_slice(&buffer[..length]);
            while let Some(text) = next_text(unread) {
                for line in text.split(|byte| *byte == b'\n') {
                    newest += 1;
                    let numbered = [format!("{newest} ").as_bytes(), line].concat();
                    lines.extend_from_slice(&[0x81, numbered.len() as u8]);
                    lines.extend_from_slice(&numbered);
                }
            }
        }
        if !lines.is_empty() {
            for (stream, _) in streams.values_mut() {
                stream.write_all(&lines).unwrap();
            }
            lines.clear();
        }
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

/// What a connection's thread sends to the thread that runs [`pass_on`].
enum Message {
    /// Bytes that arrived from this socket.
    Bytes(Arc<TcpStream>, Vec<u8>),
    /// A channel that wakes the thread of a listening connection.
    Listener(SyncSender<()>),
}

fn thread_per_socket(listener: &TcpListener) {
    let (to_hub, inbox) = sync_channel(1024);
    let (to_writer, outbox) = sync_channel(8);
    thread::spawn(move || pass_on(&inbox, &to_writer));
    thread::spawn(move || send_back(&outbox));
    for stream in listener.incoming() {
        let (stream, to_hub) = (stream.unwrap(), to_hub.clone());
        let thread = thread::Builder::new().stack_size(STACK_SIZE);
        thread.spawn(move || read_on(stream, &to_hub)).unwrap();
    }
}

/// Passes received bytes to the thread that runs [`send_back`], and then wakes the threads of the listening clients.
fn pass_on(inbox: &Receiver<Message>, to_writer: &SyncSender<(Arc<TcpStream>, Vec<u8>)>) {
    let mut listeners: Vec<SyncSender<()>> = Vec::new();
    for message in inbox {
        match message {
            Message::Bytes(stream, bytes) => {
                to_writer.send((stream, bytes)).unwrap();
                for listener in &listeners {
                    listener.send(()).unwrap();
                }
            }
            Message::Listener(listener) => listeners.push(listener),
        }
    }
}

fn read_on(stream: TcpStream, to_hub: &SyncSender<Message>) {
    let (mut stream, target) = read_request(stream);
    if target == LISTEN {
        let (wake, lines) = sync_channel(1);
        // The hub gets the listener before the client gets its 101, so the client misses no line.
        to_hub.send(Message::Listener(wake)).unwrap();
        stream.write_all(SWITCHING).unwrap();
        for () in lines {
            stream.write_all(LINE).unwrap();
        }
        return;
    }
    stream.write_all(SWITCHING).unwrap();
    let stream = Arc::new(stream);
    let mut buffer = [0; 256];
    while let Ok(length @ 1..) = (&*stream).read(&mut buffer) {
        let bytes = buffer[..length].to_vec();
        to_hub
            .send(Message::Bytes(Arc::clone(&stream), bytes))
            .unwrap();
    }
}

/// Sends each text back to its sender, as an unmasked frame.
fn send_back(outbox: &Receiver<(Arc<TcpStream>, Vec<u8>)>) {
    for (stream, mut bytes) in outbox {
        while let Some(text) = next_text(&mut bytes) {
            let frame = [&[0x81, text.len() as u8], &*text].concat();
            (&*stream).write_all(&frame).unwrap();
        }
    }
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
