//! Each socket has a reading thread. A hub thread passes the bytes of all sockets to a writer thread, which sends them
//! back.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{LINE, LISTEN, SWITCHING, next_text, read_request, spawn_for_each};

/// What a connection's thread sends to the thread that runs [`pass_on`].
enum Message {
    /// Bytes that arrived from this socket.
    Bytes(Arc<TcpStream>, Vec<u8>),
    /// A channel that wakes the thread of a listening connection.
    Listener(SyncSender<()>),
}

pub fn run(listener: &TcpListener) {
    let (to_hub, inbox) = sync_channel(1024);
    let (to_writer, outbox) = sync_channel(8);
    thread::spawn(move || pass_on(&inbox, &to_writer));
    thread::spawn(move || send_back(&outbox));
    spawn_for_each(listener, || {
        let to_hub = to_hub.clone();
        move |stream| read_on(stream, &to_hub)
    });
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
