//! The write side on its own, without a client: one lock, one slot.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use blocking_chat::client::connect::masked::masked;
use blocking_chat::client::connect::target::Trust;
use blocking_chat::client::connect::tcp::Budget;
use blocking_chat::client::connect::transport::TransportStream;
use blocking_chat::client::connect::write_side::WriteSide;
use rustix::net::sockopt;
use tungstenite::{Bytes, Message};

use super::support::scripted_server::{Frame, decode_masked};
use super::*;

/// Returns a connection with small buffers: our socket and the peer's.
pub fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    sockopt::set_socket_recv_buffer_size(&listener, 4096).unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    sockopt::set_socket_send_buffer_size(&stream, 4096).unwrap();
    stream.set_nodelay(true).unwrap();
    let (peer, _) = listener.accept().unwrap();
    peer.set_read_timeout(Some(TIMEOUT)).unwrap();
    (stream, peer)
}

/// Returns the transport of a client that has this socket and a `ws:` URL.
pub fn without_tls(stream: TcpStream) -> TransportStream {
    let url = "ws://localhost/".parse().unwrap();
    TransportStream::open(stream, &url, &Trust::default(), &Budget::new(TIMEOUT)).unwrap()
}

/// Returns a write side with small buffers, and the peer's socket.
pub fn write_side() -> (Arc<WriteSide>, TcpStream) {
    let (stream, peer) = connection();
    let transport = Arc::new(without_tls(stream));
    (Arc::new(WriteSide::new(transport)), peer)
}

pub fn pong(number: u32) -> Bytes {
    masked(Message::Pong(number.to_string().into()))
}

fn close() -> Bytes {
    masked(Message::Close(None))
}

/// Reads frames up to and including the first one that satisfies `is_last`.
pub fn frames_until(mut peer: &TcpStream, mut is_last: impl FnMut(&Frame) -> bool) -> Vec<Frame> {
    let (mut frames, mut unread, mut chunk) = (Vec::new(), Vec::new(), [0; 4096]);
    loop {
        let read = peer.read(&mut chunk).unwrap();
        assert!(read > 0, "the stream ended after {} frames", frames.len());
        unread.extend_from_slice(&chunk[..read]);
        while let Some((frame, length)) = decode_masked(&unread).unwrap() {
            unread.drain(..length);
            let last = is_last(&frame);
            frames.push(frame);
            if last {
                assert!(unread.is_empty());
                return frames;
            }
        }
    }
}

pub fn number(frame: &Frame) -> Option<u32> {
    (frame.opcode == PONG).then(|| frame.text().parse().unwrap())
}

#[test]
fn only_the_latest_pong_is_kept_during_a_write() {
    within(LIMIT, || {
        let (write_side, peer) = write_side();
        let long = vec![b'x'; 8 << 20];
        let frame = masked(Message::Binary(long.clone().into()));
        let length = frame.len();
        let writer = thread::spawn({
            let write_side = Arc::clone(&write_side);
            move || write_side.send(frame).unwrap()
        });
        // The frame is longer than all buffers. Once its first byte has arrived, its writer holds the lock until
        // we read more.
        peer.peek(&mut [0]).unwrap();
        for number in 1..=100 {
            assert!(
                !write_side.offer(pong(number)),
                "the holder of the lock sends it"
            );
        }
        let mut received = vec![0; length];
        (&peer).read_exact(&mut received).unwrap();
        let frames = frames_until(&peer, |_| true);
        assert_eq!(frames.iter().map(number).collect::<Vec<_>>(), [Some(100)]);
        writer.join().unwrap();
    });
}

/// Checks that the Pongs 1 to `last_fitting` arrived. Returns the number of the last Pong other than `last_fitting +
/// 1`.
///
/// The Pong after `last_fitting` may arrive too. The socket was full before that Pong, but the kernel still moves bytes
/// to the peer, and can make room at any time.
fn last_pong(mut numbers: Vec<u32>, last_fitting: u32) -> u32 {
    numbers.retain(|&number| number != last_fitting + 1);
    let first: Vec<_> = numbers
        .iter()
        .copied()
        .take(last_fitting as usize)
        .collect();
    assert_eq!(first, (1..=last_fitting).collect::<Vec<_>>());
    assert!(numbers.len() <= last_fitting as usize + 1, "{numbers:?}");
    numbers[numbers.len() - 1]
}

#[test]
fn frame_that_does_not_fit_is_completed_later() {
    within(LIMIT, || {
        let (write_side, peer) = write_side();
        // The peer does not read, so eventually a Pong fits only in part or not at all.
        let last_fitting = (1..)
            .find(|&number| write_side.offer(pong(number)))
            .unwrap();
        assert!(write_side.offer(pong(last_fitting + 1)));
        assert!(write_side.offer(pong(last_fitting + 2)));
        let (over, ended) = mpsc::channel();
        let reader = thread::spawn(move || {
            let frames = frames_until(&peer, |frame| number(frame) == Some(last_fitting + 2));
            over.send(()).unwrap();
            frames
        });
        while ended.try_recv().is_err() {
            write_side.try_flush();
            thread::yield_now();
        }
        let numbers: Vec<_> = reader.join().unwrap().iter().filter_map(number).collect();
        assert_eq!(last_pong(numbers, last_fitting), last_fitting + 2);
    });
}

#[test]
fn line_is_sent_after_the_rest_of_a_pong() {
    within(LIMIT, || {
        let (write_side, peer) = write_side();
        let last_fitting = (1..)
            .find(|&number| write_side.offer(pong(number)))
            .unwrap();
        let writer =
            thread::spawn(move || write_side.send(masked(Message::text("hello"))).unwrap());
        let frames = frames_until(&peer, |frame| frame.opcode == TEXT);
        let numbers: Vec<_> = frames.iter().filter_map(number).collect();
        assert_eq!(numbers, (1..=last_fitting).collect::<Vec<_>>());
        writer.join().unwrap();
    });
}

#[test]
fn close_replaces_a_pong_and_nothing_follows_it() {
    within(LIMIT, || {
        let (write_side, peer) = write_side();
        let last_fitting = (1..)
            .find(|&number| write_side.offer(pong(number)))
            .unwrap();
        write_side.offer(pong(last_fitting + 1));
        write_side.offer(close());
        write_side.offer(pong(last_fitting + 2));
        let reader = thread::spawn(move || frames_until(&peer, |frame| frame.opcode == CLOSE));
        while write_side.try_flush() {
            thread::yield_now();
        }
        assert!(!write_side.offer(pong(last_fitting + 3)));
        let error = write_side.send(masked(Message::text("hello"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        let mut frames = reader.join().unwrap();
        assert_eq!(frames.pop().unwrap().opcode, CLOSE);
        let numbers: Vec<_> = frames.iter().map(|pong| number(pong).unwrap()).collect();
        assert_eq!(last_pong(numbers, last_fitting), last_fitting);
    });
}
