//! The threads of `chat-server`: each socket has a reading thread. Its 101, and all lines, go through a hub thread to a
//! writer thread, which sends them.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use blocking_chat::base::receive::receive;
use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::net::{SendFlags, send};

use super::{SWITCHING, append_lines, next_text, read_request, spawn_for_each};

/// What a connection's thread sends to the hub, and the hub to the writer.
enum Message {
    /// A client has sent its request.
    Join(Arc<TcpStream>),
    /// A client has sent a text frame.
    Text(Vec<u8>),
}

pub fn run(listener: &TcpListener) {
    let (to_hub, inbox) = bounded(1024);
    let (to_writer, outbox) = bounded(8);
    thread::spawn(move || {
        while let Ok(message) = receive(&inbox, None) {
            to_writer.send(message).unwrap();
        }
    });
    thread::spawn(move || write(&outbox));
    spawn_for_each(listener, || {
        let to_hub = to_hub.clone();
        move |stream| read_on(stream, &to_hub)
    });
}

fn read_on(stream: TcpStream, to_hub: &Sender<Message>) {
    let (stream, _) = read_request(stream);
    let stream = Arc::new(stream);
    to_hub.send(Message::Join(Arc::clone(&stream))).unwrap();
    let (mut buffer, mut unread) = ([0; 256], Vec::new());
    while let Ok(length @ 1..) = (&*stream).read(&mut buffer) {
        unread.extend_from_slice(&buffer[..length]);
        while let Some(text) = next_text(&mut unread) {
            to_hub.send(Message::Text(text)).unwrap();
        }
    }
}

/// Sends each new client its 101, and each line to all clients.
fn write(outbox: &Receiver<Message>) {
    let (mut streams, mut newest) = (Vec::new(), 0);
    while let Ok(message) = receive(outbox, None) {
        match message {
            Message::Join(stream) => {
                send(&*stream, SWITCHING, SendFlags::NOSIGNAL).unwrap();
                streams.push(stream);
            }
            Message::Text(text) => {
                let mut frames = Vec::new();
                append_lines(&mut frames, &mut newest, &text);
                for stream in &streams {
                    send(&**stream, &frames, SendFlags::NOSIGNAL).unwrap();
                }
            }
        }
    }
}
