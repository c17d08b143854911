//! A writer's recipient, on a real socket with small buffers. The socket's peer reads now and then.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use blocking_chat::base::semaphore::Semaphore;
use blocking_chat::base::{frame, gap};
use blocking_chat::server::delivery::backlog::{Backlog, WhenBehind};
use blocking_chat::server::delivery::block::Block;
use blocking_chat::server::delivery::client_command::{Audience, ClientCommand};
use blocking_chat::server::delivery::close_deadlines::CloseDeadlines;
use blocking_chat::server::delivery::messages::{WriterCommand, WriterMessage};
use blocking_chat::server::delivery::writer::{MAX_WAITING_MESSAGES, Writer};
use blocking_chat::server::delivery::writer_state::WriterState;
use blocking_chat::server::net::socket::Socket;
use blocking_chat::server::net::write_half::WriteHalf;
use blocking_chat::server::observe::metrics::Metrics;
use crossbeam_channel::{Sender, bounded};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::runner::{check_property, limit};
use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{CLOSE, Frame, PING, TEXT, decode};
use crate::support::watchdog::within;
use crate::write_side::connection;

/// An event that concerns the recipient.
#[derive(Clone, Debug)]
enum Event {
    /// All members get lines of these lengths, as one block.
    Broadcast(Vec<usize>),
    /// Only this recipient gets a reply of this length.
    Answer(usize),
    Ping,
    /// The recipient's peer reads up to this many bytes.
    Read(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let length = prop_oneof![3 => 0_usize..200, 1 => 0_usize..20_000];
    prop_oneof![
        6 => vec(length.clone(), 1..4).prop_map(Event::Broadcast),
        2 => length.prop_map(Event::Answer),
        1 => Just(Event::Ping),
        3 => (0_usize..30_000).prop_map(Event::Read),
    ]
}

/// Generates the size of a backlog in bytes, and events.
fn backlog_and_events() -> impl Strategy<Value = (usize, Vec<Event>)> {
    let backlog = prop_oneof![2 => 0_usize..50_000, 1 => Just(10_000_000)];
    (backlog, vec(event(), 1..60))
}

/// A frame that the recipient should get.
#[derive(Debug)]
struct Expected {
    bytes: tungstenite::Bytes,
    is_public: bool,
    /// Whether the frame is the first one of its block.
    begins_block: bool,
}

/// A writer with one recipient, and the recipient's peer.
struct Fixture {
    commands: Sender<WriterMessage>,
    writer: JoinHandle<()>,
    peer: TcpStream,
    expected: Vec<Expected>,
    received: Vec<u8>,
    /// Keeps the socket open, as the connection's thread does in the server.
    _socket: Arc<Socket>,
}

const ID: u64 = 7;

impl Fixture {
    fn new(backlog: Backlog) -> Fixture {
        let (commands, inbox) = bounded(MAX_WAITING_MESSAGES);
        let writer = Writer::new(WriterState {
            backlog,
            catch_up_permits: Semaphore::new(1),
            inbox: commands.clone(),
            behind: 0,
            shutdown_guard: bounded(0).0,
            close_deadlines: CloseDeadlines::new(TIMEOUT, TIMEOUT),
        });
        let (ours, peer) = connection();
        peer.set_nonblocking(true).unwrap();
        let permit = Semaphore::new(1).try_acquire().unwrap();
        let socket = Arc::new(Socket::new(ours, permit, &Arc::new(Metrics::new(0)), None));
        let mut fixture = Fixture {
            commands,
            writer: thread::spawn(move || writer.run(&inbox)),
            peer,
            expected: Vec::new(),
            received: Vec::new(),
            _socket: Arc::clone(&socket),
        };
        let (half, _) = WriteHalf::new(&socket);
        let first = Block::new(fixture.expect(&[0], false));
        fixture.command(ClientCommand::Join {
            half,
            first,
            audience: Audience::Everyone,
        });
        fixture
    }

    /// Makes a numbered frame for each length, adds the frames to `expected`, and returns them as one block.
    fn expect(&mut self, lengths: &[usize], is_public: bool) -> tungstenite::Bytes {
        let mut block = Vec::new();
        for (index, length) in lengths.iter().enumerate() {
            let number = self.expected.len() as u32;
            let payload = [&number.to_be_bytes()[..], &vec![b'x'; *length]].concat();
            let bytes = frame::binary(&payload);
            block.extend(&bytes);
            self.expected.push(Expected {
                bytes,
                is_public,
                begins_block: index == 0,
            });
        }
        block.into()
    }

    fn send(&self, command: WriterCommand) {
        let batch = WriterMessage::Batch(vec![command]);
        self.commands.send(batch).unwrap();
    }

    fn command(&self, command: ClientCommand) {
        let client = ID;
        self.send(WriterCommand::One { client, command });
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Broadcast(lengths) => {
                let bytes = self.expect(&lengths, true);
                self.send(WriterCommand::Broadcast(Block::public(
                    bytes,
                    lengths.len(),
                )));
            }
            Event::Answer(length) => {
                let bytes = self.expect(&[length], false);
                self.command(ClientCommand::Send(Block::new(bytes)));
            }
            Event::Ping => self.command(ClientCommand::Ping),
            Event::Read(max) => drop(self.read(max)),
        }
    }

    /// Lets the peer read up to `max` available bytes. Returns whether more may arrive.
    fn read(&mut self, max: usize) -> bool {
        let mut bytes = vec![0; max];
        match self.peer.read(&mut bytes) {
            Ok(length) => {
                self.received.extend(&bytes[..length]);
                length > 0 || max == 0
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            Err(error) => panic!("{error} after {} bytes", self.received.len()),
        }
    }

    /// Lets the recipient leave, and lets its peer read everything that is queued for it. Ends the writer. Returns the
    /// received frames except Pings, and the expected frames.
    fn end(mut self) -> (Vec<Frame>, Vec<Expected>) {
        self.command(ClientCommand::Leave);
        self.commands.send(WriterMessage::End).unwrap();
        self.peer.set_nonblocking(false).unwrap();
        self.peer.set_read_timeout(Some(TIMEOUT)).unwrap();
        self.peer.read_to_end(&mut self.received).unwrap();
        self.writer.join().unwrap();
        let (mut frames, mut rest) = (Vec::new(), self.received.as_slice());
        while !rest.is_empty() {
            let (frame, length) = decode(rest).expect("a whole frame");
            rest = &rest[length..];
            if frame.opcode != PING {
                frames.push(frame);
            }
        }
        (frames, self.expected)
    }
}

fn run_events(
    backlog: usize,
    when_full: WhenBehind,
    events: Vec<Event>,
) -> (Vec<Frame>, Vec<Expected>) {
    let mut fixture = Fixture::new(Backlog {
        bytes: backlog,
        when_full,
    });
    for event in events {
        fixture.apply(event);
    }
    fixture.end()
}

fn matches_expected(frame: &Frame, expected: &Expected) -> bool {
    decode(&expected.bytes).is_some_and(|(decoded, _)| decoded == *frame)
}

#[test]
fn every_block_arrives_in_order_or_a_1008_ends_the_stream() {
    within(limit(), || {
        check_property(40, &backlog_and_events(), |(backlog, events)| {
            let (mut frames, expected) = run_events(backlog, WhenBehind::Disconnect, events);
            let is_ended = frames.last().is_some_and(|frame| frame.opcode == CLOSE);
            match is_ended.then(|| frames.pop()).flatten() {
                Some(close) => assert_eq!(close.close_code(), Some(1008)),
                None => assert_eq!(
                    frames.len(),
                    expected.len(),
                    "without a Close, all frames arrive"
                ),
            }
            assert!(
                frames
                    .iter()
                    .zip(&expected)
                    .all(|(frame, expected)| matches_expected(frame, expected))
            );
            // Once a block has begun, it is sent completely.
            let next = expected.get(frames.len());
            assert!(next.is_none_or(|next| next.begins_block));
        });
    });
}

#[test]
fn only_complete_blocks_are_dropped_and_each_gap_is_reported() {
    within(limit(), || {
        check_property(40, &backlog_and_events(), |(backlog, events)| {
            let (mut frames, expected) = run_events(backlog, WhenBehind::Drop, events);
            let is_ended = frames.last().is_some_and(|frame| frame.opcode == CLOSE);
            if is_ended {
                // Only public lines may be dropped, so too many waiting replies end the connection.
                assert_eq!(frames.pop().unwrap().close_code(), Some(1008));
            }
            let mut rest = expected.iter().peekable();
            for frame in &frames {
                if frame.opcode != TEXT {
                    assert!(matches_expected(frame, rest.next().unwrap()));
                    continue;
                }
                let gone = gap::parse(&frame.text()).unwrap() as usize;
                assert!(rest.peek().unwrap().begins_block);
                let dropped: Vec<_> = rest.by_ref().take(gone).collect();
                assert_eq!(dropped.len(), gone);
                assert!(dropped.iter().all(|dropped| dropped.is_public));
                assert!(rest.peek().is_none_or(|next| next.begins_block));
            }
            assert!(
                is_ended || rest.next().is_none(),
                "a frame is neither sent nor reported as gone"
            );
        });
    });
}
