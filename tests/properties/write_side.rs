//! The client's write side on a real socket with small buffers, plain and over TLS.
//!
//! The test's thread acts as both the client's socket thread and the peer. So the peer reads nothing while this thread
//! offers a Pong. If the offer waited for the lock of the write side, the test would fail at the write timeout.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

use blocking_chat::client::connect::masked::masked;
use blocking_chat::client::connect::target::Trust;
use blocking_chat::client::connect::tcp::Budget;
use blocking_chat::client::connect::transport::TransportStream;
use blocking_chat::client::connect::write_side::WriteSide;
use proptest::collection::vec;
use proptest::prelude::*;
use rustix::net::sockopt;
use tungstenite::Message;

use crate::runner::{check_property, limit};
use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{CLOSE, Frame, PONG, TEXT};
use crate::support::scripted_server::decode_masked;
use crate::support::watchdog::within;

/// The size of the sockets' buffers, in bytes.
const BUFFER: usize = 8192;

/// One round of events at the client and at the peer. A read by the peer ends the round.
#[derive(Clone, Debug)]
struct Round {
    /// The lengths of the lines that are typed.
    lines: Vec<usize>,
    pongs: usize,
    /// Whether the peer updates the TLS keys. The client's TLS must then reply by itself.
    updates_keys: bool,
    /// The maximum number of bytes that the peer reads at the end of the round.
    reads: usize,
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let length = prop_oneof![3 => 0_usize..100, 1 => 0_usize..60_000];
    let round = (
        vec(length, 0..4),
        0_usize..4,
        any::<bool>(),
        0_usize..40_000,
    );
    let round = round.prop_map(|(lines, pongs, updates_keys, reads)| Round {
        lines,
        pongs,
        updates_keys,
        reads,
    });
    vec(round, 1..12)
}

/// The peer's side of the security layer on the socket.
pub trait Security {
    /// Decrypts bytes from the socket and appends the plain text.
    fn decrypt(&mut self, bytes: &[u8], plain: &mut Vec<u8>);

    /// Returns the bytes that the peer sends to update its keys: the update, and some data. Without TLS, returns no
    /// bytes.
    fn update_keys(&mut self) -> Vec<u8>;
}

struct Plain;

impl Security for Plain {
    fn decrypt(&mut self, bytes: &[u8], plain: &mut Vec<u8>) {
        plain.extend(bytes);
    }

    fn update_keys(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

/// The transport of a write side, and the peer of the transport's socket.
pub struct TransportAndPeer {
    pub transport: Arc<TransportStream>,
    pub peer: TcpStream,
    pub security: Box<dyn Security>,
}

/// Returns our end and the peer's end of a connection with small buffers.
pub fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    // An accepted socket inherits the listener's buffer size.
    sockopt::set_socket_recv_buffer_size(&listener, BUFFER).unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    sockopt::set_socket_send_buffer_size(&ours, BUFFER).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    for stream in [&ours, &theirs] {
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
    }
    (ours, theirs)
}

fn plain() -> TransportAndPeer {
    let (ours, peer) = connection();
    let url = "ws://localhost/".parse().unwrap();
    let budget = Budget::new(TIMEOUT);
    let transport = TransportStream::open(ours, &url, &Trust::default(), &budget).unwrap();
    TransportAndPeer {
        transport: Arc::new(transport),
        peer,
        security: Box::new(Plain),
    }
}

/// A write side, its peer, and the bytes that the peer has received so far.
struct Conversation {
    ends: TransportAndPeer,
    write_side: Arc<WriteSide>,
    last_pong: usize,
    received: Vec<u8>,
}

impl Conversation {
    fn new(ends: TransportAndPeer) -> Conversation {
        ends.peer.set_nonblocking(true).unwrap();
        Conversation {
            write_side: Arc::new(WriteSide::new(Arc::clone(&ends.transport))),
            ends,
            last_pong: 0,
            received: Vec::new(),
        }
    }

    /// Offers a Pong to the write side. This call must never block.
    fn leave_pong(&mut self) {
        self.last_pong += 1;
        let pong = Message::Pong(self.last_pong.to_string().into());
        self.write_side.offer(masked(pong));
    }

    /// Lets the peer update its keys, and lets the socket thread read the update.
    fn update_keys(&mut self) {
        let bytes = self.ends.security.update_keys();
        if !bytes.is_empty() {
            self.ends.peer.write_all(&bytes).unwrap();
            while self.ends.transport.read(&mut [0; 100]).unwrap().is_none() {
                self.write_side.try_flush();
            }
        }
    }

    /// Lets the peer read up to `max` available bytes. Returns whether more may arrive.
    fn read(&mut self, max: usize) -> bool {
        let mut bytes = vec![0; max];
        match self.ends.peer.read(&mut bytes) {
            Ok(length) => {
                self.ends
                    .security
                    .decrypt(&bytes[..length], &mut self.received);
                length > 0 || max == 0
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            Err(error) => panic!("{error}"),
        }
    }

    /// Flushes and lets the peer read until all lines are typed, and all frames are sent and received.
    fn read_to_end(&mut self, is_typed: impl Fn() -> bool) {
        // The order of the conditions matters: one flush must follow the last line. This flush sends a frame that was
        // offered while the last line was written.
        while !is_typed() || self.write_side.try_flush() {
            self.read(BUFFER);
            thread::yield_now();
        }
        self.ends
            .transport
            .stream
            .shutdown(Shutdown::Write)
            .unwrap();
        while self.read(BUFFER) {
            thread::yield_now();
        }
    }

    fn frames(&self) -> Vec<Frame> {
        let (mut frames, mut rest) = (Vec::new(), self.received.as_slice());
        while !rest.is_empty() {
            let (frame, length) = decode_masked(rest).unwrap().expect("a whole frame");
            frames.push(frame);
            rest = &rest[length..];
        }
        frames
    }
}

/// Plays the rounds, and offers a Close in round `goodbye`, if there is such a round. Returns the lines that were sent,
/// the number of the last Pong that was offered, and the frames that arrived.
fn play(
    ends: TransportAndPeer,
    rounds: &[Round],
    goodbye: usize,
) -> (Vec<String>, usize, Vec<Frame>) {
    let mut conversation = Conversation::new(ends);
    let (typed, lines) = mpsc::channel::<String>();
    let write_side = Arc::clone(&conversation.write_side);
    let stdin = thread::spawn(move || {
        let sent = lines
            .iter()
            .filter(|line| write_side.send(masked(Message::text(line))).is_ok());
        sent.collect()
    });
    let mut number = 0;
    for (at, round) in rounds.iter().enumerate() {
        for length in &round.lines {
            number += 1;
            typed
                .send(format!("{number} {}", "x".repeat(*length)))
                .unwrap();
        }
        for _ in 0..round.pongs {
            conversation.leave_pong();
        }
        if round.updates_keys {
            conversation.update_keys();
        }
        if at == goodbye {
            conversation.write_side.offer(masked(Message::Close(None)));
        }
        conversation.read(round.reads);
    }
    drop(typed);
    conversation.read_to_end(|| stdin.is_finished());
    (
        stdin.join().unwrap(),
        conversation.last_pong,
        conversation.frames(),
    )
}

fn texts(frames: &[Frame]) -> Vec<String> {
    let texts = frames.iter().filter(|frame| frame.opcode == TEXT);
    texts.map(Frame::text).collect()
}

fn pongs(frames: &[Frame]) -> Vec<usize> {
    let pongs = frames.iter().filter(|frame| frame.opcode == PONG);
    pongs.map(|frame| frame.text().parse().unwrap()).collect()
}

fn all_arrives(ends: TransportAndPeer, rounds: &[Round]) {
    let (sent, last_pong, frames) = play(ends, rounds, usize::MAX);
    let typed: usize = rounds.iter().map(|round| round.lines.len()).sum();
    assert_eq!(sent.len(), typed);
    assert_eq!(texts(&frames), sent);
    let pongs = pongs(&frames);
    assert!(pongs.is_sorted_by(|a, b| a < b), "{pongs:?}");
    assert_eq!(
        pongs.last().copied().unwrap_or(0),
        last_pong,
        "the latest Pong arrives"
    );
}

fn nothing_follows_the_close(ends: TransportAndPeer, rounds: &[Round], goodbye: usize) {
    let (sent, _, frames) = play(ends, rounds, goodbye % rounds.len());
    assert_eq!(texts(&frames), sent);
    let pongs = pongs(&frames);
    assert!(pongs.is_sorted_by(|a, b| a < b), "{pongs:?}");
    let closes = frames.iter().position(|frame| frame.opcode == CLOSE);
    assert_eq!(closes, Some(frames.len() - 1));
}

#[test]
fn all_lines_and_the_latest_pong_arrive_complete() {
    within(limit(), || {
        check_property(40, &rounds(), |rounds| all_arrives(plain(), &rounds))
    });
}

#[test]
fn close_is_always_the_last_frame() {
    within(limit(), || {
        check_property(40, &(rounds(), any::<usize>()), |(rounds, goodbye)| {
            nothing_follows_the_close(plain(), &rounds, goodbye);
        });
    });
}

#[cfg(feature = "tls")]
#[test]
fn all_lines_and_the_latest_pong_arrive_over_tls() {
    within(limit(), || {
        let server = crate::tls_peer::Server::new();
        check_property(10, &rounds(), |rounds| {
            all_arrives(server.connect(), &rounds)
        });
    });
}

#[cfg(feature = "tls")]
#[test]
fn close_is_always_the_last_frame_over_tls() {
    within(limit(), || {
        let server = crate::tls_peer::Server::new();
        check_property(10, &(rounds(), any::<usize>()), |(rounds, goodbye)| {
            nothing_follows_the_close(server.connect(), &rounds, goodbye);
        });
    });
}
