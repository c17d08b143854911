//! A writer as a value, on sockets that take random amounts.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use blocking_chat::base::id::ClientId;
use blocking_chat::base::semaphore::Semaphore;
use blocking_chat::base::{frame, gap};
use blocking_chat::server::delivery::messages::{Audience, WriterCommand, WriterMessage};
use blocking_chat::server::delivery::queue::{Backlog, Block, WhenBehind};
use blocking_chat::server::delivery::writer::{WAITING_BATCHES, Writer};
use blocking_chat::server::delivery::writer_state::{CloseDeadlines, WriterState};
use blocking_chat::server::net::socket::Socket;
use blocking_chat::server::net::write_half::WriteHalf;
use blocking_chat::server::observe::metrics::Metrics;
use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};

use super::random::Random;
use crate::support::chat::LIMIT;
use crate::support::process::SOON;
use crate::support::raw_frame::{CLOSE, Frame, PING, TEXT, decode};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// How many clients a writer has here, and how many orders it gets.
const CLIENTS: u64 = 5;
const ORDERS: u32 = 1000;

/// A writer on its thread.
struct Stage {
    orders: Sender<WriterMessage>,
    thread: JoinHandle<()>,
    slots: Semaphore,
}

impl Stage {
    fn new(bytes: usize, when_full: WhenBehind) -> Stage {
        Stage::with(Backlog { bytes, when_full }, SOON)
    }

    fn with(backlog: Backlog, close_timeout: Duration) -> Stage {
        let (orders, inbox): (_, Receiver<WriterMessage>) = bounded(WAITING_BATCHES);
        let writer = Writer::new(WriterState {
            backlog,
            permits: Semaphore::new(CLIENTS as usize),
            inbox: orders.clone(),
            behind: 0,
            close_deadlines: CloseDeadlines::new(close_timeout, SOON),
        });
        let thread = thread::spawn(move || writer.run(&inbox));
        let slots = Semaphore::new(CLIENTS as usize);
        Stage {
            orders,
            thread,
            slots,
        }
    }

    fn order(&self, orders: Vec<WriterCommand>) {
        self.orders.send(WriterMessage::Batch(orders)).unwrap();
    }

    /// Has somebody join whose socket and whose reads have random sizes; his thread returns all that he has got.
    fn join(&self, id: ClientId, random: &mut Random) -> JoinHandle<Vec<u8>> {
        let (ours, theirs) = connection(random);
        let slot = self.slots.try_acquire().unwrap();
        // The connection's thread would have the socket and what says that the write half is gone.
        let socket = Arc::new(Socket::new(ours, slot, &Arc::new(Metrics::new(0)), None));
        let (half, _) = WriteHalf::new(&socket);
        let first = Block::new(numbered(0, random));
        self.order(vec![WriterCommand::Join(
            half,
            id,
            first,
            Audience::Everyone,
        )]);
        let random = Random::new(random.below(usize::MAX) as u64);
        thread::spawn(move || read_at_random(theirs, random))
    }

    /// Lets everybody go, and waits for the end of the writer.
    fn end(self) {
        self.order((0..CLIENTS).map(WriterCommand::Leave).collect());
        self.orders.send(WriterMessage::End).unwrap();
        self.thread.join().unwrap();
    }
}

/// A connection with small buffers of random sizes. With even less to receive into, Linux' own retries make seconds.
fn connection(random: &mut Random) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // What is accepted inherits this; afterwards it would be too late for the window.
    set_socket_recv_buffer_size(&listener, 4096 + random.below(20_000)).unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    set_socket_send_buffer_size(&ours, random.below(20_000)).unwrap();
    ours.set_nodelay(true).unwrap();
    ours.set_write_timeout(Some(SOON)).unwrap();
    (ours, listener.accept().unwrap().0)
}

/// Reads to the end, in pieces of random size, with pauses of up to two milliseconds now and then.
fn read_at_random(mut stream: TcpStream, mut random: Random) -> Vec<u8> {
    let (_never, pause) = mpsc::channel::<()>();
    let (mut all, mut buffer) = (Vec::new(), [0; 30_000]);
    loop {
        if random.below(50) == 0 {
            let _ = pause.recv_timeout(Duration::from_micros(random.below(2000) as u64));
        }
        let most = 1 + random.below(buffer.len());
        match stream.read(&mut buffer[..most]) {
            Ok(0) => return all,
            Ok(length) => all.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error} after {} bytes", all.len()),
        }
    }
}

/// A frame that begins with a number and has a random length.
fn numbered(number: u32, random: &mut Random) -> tungstenite::Bytes {
    let longest = if random.below(4) == 0 { 30_000 } else { 200 };
    let mut payload = number.to_be_bytes().to_vec();
    let letters = random.below(longest);
    payload.extend((0..letters).map(|place| (number as usize + place) as u8));
    frame::binary(&payload)
}

/// What somebody should get, besides Pings: the numbered frames, and which of them are for him alone.
#[derive(Default)]
struct Expected {
    frames: Vec<tungstenite::Bytes>,
    private: Vec<u32>,
}

/// Gives random orders, and returns what each client should get and has got.
fn play(stage: Stage, seed: u64) -> Vec<(Expected, Vec<Frame>)> {
    let mut random = Random::new(seed);
    let mut expected: Vec<Expected> = (0..CLIENTS).map(|_| Expected::default()).collect();
    let clients: Vec<_> = (0..CLIENTS).map(|id| stage.join(id, &mut random)).collect();
    let mut batch = Vec::new();
    for number in 1..=ORDERS {
        let id = random.below(CLIENTS as usize);
        let frame = numbered(number, &mut random);
        match random.below(10) {
            0 => batch.push(WriterCommand::Ping(id as ClientId)),
            1 => {
                expected[id].frames.push(frame.clone());
                expected[id].private.push(number);
                batch.push(WriterCommand::One(id as ClientId, Block::new(frame)));
            }
            _ => {
                expected
                    .iter_mut()
                    .for_each(|expected| expected.frames.push(frame.clone()));
                batch.push(WriterCommand::Everyone(Block::public(frame)));
            }
        }
        if random.below(5) == 0 {
            stage.order(std::mem::take(&mut batch));
        }
    }
    stage.order(batch);
    stage.end();
    let got = clients
        .into_iter()
        .map(|client| frames(&client.join().unwrap()));
    expected.into_iter().zip(got).collect()
}

/// The frames without the Pings, and without the first, which came with the Join. None may be cut.
fn frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (frame, length) =
            decode(bytes).unwrap_or_else(|| panic!("{} bytes of a frame", bytes.len()));
        bytes = &bytes[length..];
        if frame.opcode != PING {
            frames.push(frame);
        }
    }
    assert_eq!(number(&frames.remove(0)), 0);
    frames
}

/// How many lines a frame tells gone, if it is a gap.
fn gone(frame: &Frame) -> Option<u64> {
    (frame.opcode == TEXT).then(|| gap::parse(&frame.text()).unwrap())
}

fn number(frame: &Frame) -> u32 {
    u32::from_be_bytes(*frame.payload.first_chunk().unwrap())
}

/// Whether these are the bytes of that frame.
fn is(frame: &Frame, bytes: &[u8]) -> bool {
    decode(bytes).is_some_and(|(expected, _)| expected == *frame)
}

#[test]
fn every_block_arrives_once_and_in_order_whatever_the_sockets_take() {
    within(LIMIT, || {
        for seed in 0..4 {
            let stage = Stage::new(usize::MAX, WhenBehind::Disconnect);
            for (expected, got) in play(stage, seed) {
                assert_eq!(got.len(), expected.frames.len(), "seed {seed}");
                let mut pairs = got.iter().zip(&expected.frames);
                assert!(pairs.all(|(frame, bytes)| is(frame, bytes)), "seed {seed}");
            }
        }
    });
}

#[test]
fn who_is_too_slow_gets_the_first_blocks_whole_and_then_1008() {
    within(LIMIT, || {
        let mut too_slow = 0;
        for seed in 0..4 {
            for (expected, mut got) in play(Stage::new(300_000, WhenBehind::Disconnect), seed) {
                let is_told = got.last().is_some_and(|frame| frame.opcode == CLOSE);
                let close = if is_told { got.pop() } else { None };
                if let Some(close) = &close {
                    assert_eq!(close.close_code(), Some(1008), "seed {seed}");
                    too_slow += 1;
                }
                assert!(
                    close.is_some() || got.len() == expected.frames.len(),
                    "seed {seed}"
                );
                let mut pairs = got.iter().zip(&expected.frames);
                assert!(pairs.all(|(frame, bytes)| is(frame, bytes)), "seed {seed}");
            }
        }
        println!("{too_slow} of {} were too slow", 4 * CLIENTS);
        assert!(too_slow > 0);
    });
}

#[test]
fn who_may_miss_something_is_told_each_gap_in_its_place() {
    within(LIMIT, || {
        let mut missed = 0;
        for seed in 0..4 {
            for (expected, got) in play(Stage::new(300_000, WhenBehind::Drop), seed) {
                let mut rest = expected.frames.iter();
                for frame in &got {
                    let Some(gone) = gone(frame) else {
                        let next = rest.next().unwrap();
                        assert!(is(frame, next), "seed {seed}: {}", number(frame));
                        continue;
                    };
                    // Each public block here is one frame, and so one line. No private one is among them.
                    for dropped in rest.by_ref().take(gone as usize) {
                        let (dropped, _) = decode(dropped).unwrap();
                        assert!(!expected.private.contains(&number(&dropped)), "seed {seed}");
                    }
                    missed += gone;
                }
                assert_eq!(rest.next(), None, "seed {seed}");
            }
        }
        println!("{missed} blocks were dropped");
        assert!(missed > 0);
    });
}

#[test]
fn who_has_got_his_last_block_and_does_not_go_is_shut_down_at_the_close_timeout() {
    within(LIMIT, || {
        let backlog = Backlog {
            bytes: usize::MAX,
            when_full: WhenBehind::Disconnect,
        };
        // One block is sent at once, the other one needs a thread.
        for length in [10, 1_000_000] {
            let close_timeout = Duration::from_millis(100);
            let stage = Stage::with(backlog, close_timeout);
            let (ours, mut theirs) = connection(&mut Random::new(0));
            let slot = stage.slots.try_acquire().unwrap();
            let socket = Arc::new(Socket::new(ours, slot, &Arc::new(Metrics::new(0)), None));
            let (half, _) = WriteHalf::new(&socket);
            let first = Block::new(numbered(0, &mut Random::new(0)));
            let last = Block::last(vec![7; length].into());
            stage.order(vec![
                WriterCommand::Join(half, 0, first, Audience::Itself),
                WriterCommand::One(0, last),
            ]);
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).unwrap();
            assert!(all.ends_with(&vec![7; length]));
            let begun = Instant::now();
            // As its connection's thread does. It hears nothing from a peer that does not go.
            assert_eq!(socket.read_within(SOON, &mut [0]).unwrap(), 0);
            println!("shut down after {:?}", begun.elapsed());
            drop(theirs);
            stage.end();
        }
    });
}

/// What a client did before it left.
#[derive(Clone, Copy, Debug)]
enum Parting {
    /// It has got its last block at once.
    AtOnce,
    /// Its last block needed a thread.
    WithAThread,
    /// Too much waited for it.
    TooSlow,
}

#[test]
fn a_client_that_has_left_leaves_no_deadline_behind() {
    within(LIMIT, || {
        for parting in [Parting::AtOnce, Parting::WithAThread, Parting::TooSlow] {
            let backlog = Backlog {
                bytes: 10,
                when_full: WhenBehind::Disconnect,
            };
            let stage = Stage::with(backlog, 100 * SOON);
            let (ours, theirs) = connection(&mut Random::new(0));
            let slot = stage.slots.try_acquire().unwrap();
            let socket = Arc::new(Socket::new(ours, slot, &Arc::new(Metrics::new(0)), None));
            let (half, _) = WriteHalf::new(&socket);
            let first = Block::new(numbered(0, &mut Random::new(0)));
            let long = Block::new(vec![7; 1_000_000].into());
            let mut orders = vec![WriterCommand::Join(half, 0, first, Audience::Itself)];
            match parting {
                Parting::AtOnce => orders.push(WriterCommand::One(0, Block::last(vec![7].into()))),
                Parting::WithAThread => {
                    orders.push(WriterCommand::One(0, Block::last(long.bytes.clone())));
                }
                Parting::TooSlow => {
                    orders.extend((0..3).map(|_| WriterCommand::One(0, long.clone())))
                }
            }
            stage.order(orders);
            let reading = thread::spawn(move || read_at_random(theirs, Random::new(0)));
            let ending = vec![WriterCommand::Leave(0)];
            if let Parting::AtOnce | Parting::TooSlow = parting {
                // The deadline is there, and the writer has the socket. Both let go of it.
                until(|| Arc::weak_count(&socket), |&count| count == 1);
                stage.order(ending);
                reading.join().unwrap();
            } else {
                // The client leaves after its last block.
                reading.join().unwrap();
                until(|| Arc::weak_count(&socket), |&count| count == 1);
                stage.order(ending);
            }
            until(
                || (Arc::weak_count(&socket), Arc::strong_count(&socket)),
                |counts| *counts == (0, 1),
            );
            stage.end();
        }
    });
}
