//! A writer without a server. The writer's sockets accept random numbers of bytes.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use blocking_chat::base::id::ClientId;
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
use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};

use crate::support::chat::LIMIT;
use crate::support::process::TIMEOUT;
use crate::support::random::Random;
use crate::support::raw_frame::{CLOSE, Frame, PING, TEXT, decode};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The number of clients that the writer has.
const CLIENTS: u64 = 5;
/// The number of random commands that a test sends to the writer.
const COMMANDS: u32 = 1000;

/// A writer on its own thread.
struct WriterFixture {
    commands: Sender<WriterMessage>,
    thread: JoinHandle<()>,
    permits: Semaphore,
}

impl WriterFixture {
    fn new(bytes: usize, when_full: WhenBehind) -> WriterFixture {
        WriterFixture::with(Backlog { bytes, when_full }, TIMEOUT)
    }

    fn with(backlog: Backlog, close_timeout: Duration) -> WriterFixture {
        let (commands, inbox): (_, Receiver<WriterMessage>) = bounded(MAX_WAITING_MESSAGES);
        let writer = Writer::new(WriterState {
            backlog,
            catch_up_permits: Semaphore::new(CLIENTS as usize),
            inbox: commands.clone(),
            behind: 0,
            shutdown_guard: bounded(0).0,
            close_deadlines: CloseDeadlines::new(close_timeout, TIMEOUT),
        });
        let thread = thread::spawn(move || writer.run(&inbox));
        let permits = Semaphore::new(CLIENTS as usize);
        WriterFixture {
            commands,
            thread,
            permits,
        }
    }

    fn send(&self, commands: Vec<WriterCommand>) {
        self.commands.send(WriterMessage::Batch(commands)).unwrap();
    }

    /// Adds a client whose socket buffers and reads have random sizes. The returned thread reads to the end of the
    /// stream and returns all bytes.
    fn join(&self, id: ClientId, random: &mut Random) -> JoinHandle<Vec<u8>> {
        let (ours, theirs) = connection(random);
        let permit = self.permits.try_acquire().unwrap();
        // In the server, the connection's thread holds the socket too. Here, only the write half does.
        let socket = Arc::new(Socket::new(ours, permit, &Arc::new(Metrics::new(0)), None));
        let (half, _) = WriteHalf::new(&socket);
        let first = Block::new(numbered(0, random));
        let join = ClientCommand::Join {
            half,
            first,
            audience: Audience::Everyone,
        };
        self.send(vec![one(id, join)]);
        let random = Random::new(random.below(usize::MAX) as u64);
        thread::spawn(move || read_at_random(theirs, random))
    }

    /// Makes every client leave and waits until the writer has ended.
    fn end(self) {
        self.send(
            (0..CLIENTS)
                .map(|id| one(id, ClientCommand::Leave))
                .collect(),
        );
        self.commands.send(WriterMessage::End).unwrap();
        self.thread.join().unwrap();
    }
}

/// Returns the writer's end and the client's end of a connection. The sockets' buffers are small and have random sizes.
/// With even smaller buffers, TCP would pause for seconds before it sends again.
fn connection(random: &mut Random) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // An accepted socket inherits the listener's buffer size. Setting the size after accept(2) would not affect the TCP
    // window.
    set_socket_recv_buffer_size(&listener, 4096 + random.below(20_000)).unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    set_socket_send_buffer_size(&ours, random.below(20_000)).unwrap();
    ours.set_nodelay(true).unwrap();
    ours.set_write_timeout(Some(TIMEOUT)).unwrap();
    (ours, listener.accept().unwrap().0)
}

/// Reads to the end in pieces of random size, with rare pauses of up to two milliseconds.
fn read_at_random(mut stream: TcpStream, mut random: Random) -> Vec<u8> {
    let (_never, pause) = mpsc::channel::<()>();
    let (mut all, mut buffer) = (Vec::new(), [0; 30_000]);
    loop {
        if random.below(50) == 0 {
            let _ = pause.recv_timeout(Duration::from_micros(random.below(2000) as u64));
        }
        let max = 1 + random.below(buffer.len());
        match stream.read(&mut buffer[..max]) {
            Ok(0) => return all,
            Ok(length) => all.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error} after {} bytes", all.len()),
        }
    }
}

/// Returns a binary frame of random length whose payload begins with `number`.
fn numbered(number: u32, random: &mut Random) -> tungstenite::Bytes {
    let longest = if random.below(4) == 0 { 30_000 } else { 200 };
    let mut payload = number.to_be_bytes().to_vec();
    let letters = random.below(longest);
    payload.extend((0..letters).map(|index| (number as usize + index) as u8));
    frame::binary(&payload)
}

/// The numbered frames that a client should get besides Pings, and the numbers of the frames that only this client
/// should get.
#[derive(Default)]
struct Expected {
    frames: Vec<tungstenite::Bytes>,
    private: Vec<u32>,
}

/// Sends random commands and ends the writer. Returns what each client should get, and the frames that it got.
fn run_random_commands(writer: WriterFixture, seed: u64) -> Vec<(Expected, Vec<Frame>)> {
    let mut random = Random::new(seed);
    let mut expected: Vec<Expected> = (0..CLIENTS).map(|_| Expected::default()).collect();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|id| writer.join(id, &mut random))
        .collect();
    let mut batch = Vec::new();
    for number in 1..=COMMANDS {
        let id = random.below(CLIENTS as usize);
        let frame = numbered(number, &mut random);
        match random.below(10) {
            0 => batch.push(one(id as ClientId, ClientCommand::Ping)),
            1 => {
                expected[id].frames.push(frame.clone());
                expected[id].private.push(number);
                let command = ClientCommand::Send(Block::new(frame));
                batch.push(one(id as ClientId, command));
            }
            _ => {
                expected
                    .iter_mut()
                    .for_each(|expected| expected.frames.push(frame.clone()));
                batch.push(WriterCommand::Broadcast(Block::public(frame, 1)));
            }
        }
        if random.below(5) == 0 {
            writer.send(std::mem::take(&mut batch));
        }
    }
    writer.send(batch);
    writer.end();
    let got = clients
        .into_iter()
        .map(|client| frames(&client.join().unwrap()));
    expected.into_iter().zip(got).collect()
}

/// Splits a stream into frames, none of which may be truncated. Omits Pings, and the first frame, which is sent with
/// the join.
fn frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (frame, length) =
            decode(bytes).unwrap_or_else(|| panic!("{} bytes of a cut frame", bytes.len()));
        bytes = &bytes[length..];
        if frame.opcode != PING {
            frames.push(frame);
        }
    }
    assert_eq!(number(&frames.remove(0)), 0);
    frames
}

/// Returns the number of lines that a gap notice counts, or `None` for a frame that is not text. Panics if the text is
/// not a gap notice.
fn gone(frame: &Frame) -> Option<u64> {
    (frame.opcode == TEXT).then(|| gap::parse(&frame.text()).unwrap())
}

fn number(frame: &Frame) -> u32 {
    u32::from_be_bytes(*frame.payload.first_chunk().unwrap())
}

/// Returns whether `bytes` are the encoded `frame`.
fn is_encoded_as(frame: &Frame, bytes: &[u8]) -> bool {
    decode(bytes).is_some_and(|(expected, _)| expected == *frame)
}

/// The sockets accept random numbers of bytes.
#[test]
fn every_block_arrives_once_and_in_order() {
    within(LIMIT, || {
        for seed in 0..4 {
            let writer = WriterFixture::new(usize::MAX, WhenBehind::Disconnect);
            for (expected, got) in run_random_commands(writer, seed) {
                assert_eq!(got.len(), expected.frames.len(), "seed {seed}");
                let mut pairs = got.iter().zip(&expected.frames);
                assert!(
                    pairs.all(|(frame, bytes)| is_encoded_as(frame, bytes)),
                    "seed {seed}"
                );
            }
        }
    });
}

#[test]
fn slow_consumer_gets_complete_blocks_and_then_1008() {
    within(LIMIT, || {
        let mut too_slow = 0;
        for seed in 0..4 {
            for (expected, mut got) in
                run_random_commands(WriterFixture::new(300_000, WhenBehind::Disconnect), seed)
            {
                let has_close = got.last().is_some_and(|frame| frame.opcode == CLOSE);
                let close = if has_close { got.pop() } else { None };
                if let Some(close) = &close {
                    assert_eq!(close.close_code(), Some(1008), "seed {seed}");
                    too_slow += 1;
                }
                assert!(
                    close.is_some() || got.len() == expected.frames.len(),
                    "seed {seed}"
                );
                let mut pairs = got.iter().zip(&expected.frames);
                assert!(
                    pairs.all(|(frame, bytes)| is_encoded_as(frame, bytes)),
                    "seed {seed}"
                );
            }
        }
        println!("{too_slow} of {} were too slow", 4 * CLIENTS);
        assert!(too_slow > 0);
    });
}

#[test]
fn every_gap_is_reported_in_its_place() {
    within(LIMIT, || {
        let mut missed = 0;
        for seed in 0..4 {
            for (expected, got) in
                run_random_commands(WriterFixture::new(300_000, WhenBehind::Drop), seed)
            {
                let mut rest = expected.frames.iter();
                for frame in &got {
                    let Some(gone) = gone(frame) else {
                        let next = rest.next().unwrap();
                        assert!(is_encoded_as(frame, next), "seed {seed}: {}", number(frame));
                        continue;
                    };
                    // Each public block is one frame, which counts as one line. Private blocks are never dropped.
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

/// The client has already received its last block.
#[test]
fn close_timeout_disconnects_a_client_that_stays() {
    within(LIMIT, || {
        let backlog = Backlog {
            bytes: usize::MAX,
            when_full: WhenBehind::Disconnect,
        };
        // A block of 10 bytes is sent immediately. A block of a megabyte needs a catch-up thread.
        for length in [10, 1_000_000] {
            let close_timeout = Duration::from_millis(100);
            let writer = WriterFixture::with(backlog, close_timeout);
            let (ours, mut theirs) = connection(&mut Random::new(0));
            let permit = writer.permits.try_acquire().unwrap();
            let socket = Arc::new(Socket::new(ours, permit, &Arc::new(Metrics::new(0)), None));
            let (half, _) = WriteHalf::new(&socket);
            let first = Block::new(numbered(0, &mut Random::new(0)));
            let last = Block::last(vec![7; length].into());
            let join = ClientCommand::Join {
                half,
                first,
                audience: Audience::Nobody,
            };
            writer.send(vec![one(0, join), send(last)]);
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).unwrap();
            assert!(all.ends_with(&vec![7; length]));
            let begun = Instant::now();
            // In the server, the connection's thread reads like this. The peer sends nothing and stays connected, so
            // the read returns 0 only because the writer has shut down the socket.
            assert_eq!(socket.read_within(TIMEOUT, &mut [0]).unwrap(), 0);
            println!("shut down after {:?}", begun.elapsed());
            drop(theirs);
            writer.end();
        }
    });
}

fn one(client: ClientId, command: ClientCommand) -> WriterCommand {
    WriterCommand::One { client, command }
}

/// Returns a command to send a block to client 0.
fn send(block: Block) -> WriterCommand {
    one(0, ClientCommand::Send(block))
}

/// How the delivery to a client ended before the client left.
#[derive(Clone, Copy, Debug)]
enum LastDelivery {
    /// The client's last block was sent immediately.
    Immediate,
    /// The client's last block needed a catch-up thread.
    CatchUpThread,
    /// The client's backlog was full.
    BacklogFull,
}

#[test]
fn client_that_has_left_keeps_no_deadline() {
    within(LIMIT, || {
        for delivery in [
            LastDelivery::Immediate,
            LastDelivery::CatchUpThread,
            LastDelivery::BacklogFull,
        ] {
            let backlog = Backlog {
                bytes: 10,
                when_full: WhenBehind::Disconnect,
            };
            let writer = WriterFixture::with(backlog, 100 * TIMEOUT);
            let (ours, theirs) = connection(&mut Random::new(0));
            let permit = writer.permits.try_acquire().unwrap();
            let socket = Arc::new(Socket::new(ours, permit, &Arc::new(Metrics::new(0)), None));
            let (half, _) = WriteHalf::new(&socket);
            let first = Block::new(numbered(0, &mut Random::new(0)));
            let long = Block::new(vec![7; 1_000_000].into());
            let join = ClientCommand::Join {
                half,
                first,
                audience: Audience::Nobody,
            };
            let mut commands = vec![one(0, join)];
            match delivery {
                LastDelivery::Immediate => commands.push(send(Block::last(vec![7].into()))),
                LastDelivery::CatchUpThread => {
                    commands.push(send(Block::last(long.bytes.clone())));
                }
                LastDelivery::BacklogFull => commands.extend((0..3).map(|_| send(long.clone()))),
            }
            writer.send(commands);
            let reading = thread::spawn(move || read_at_random(theirs, Random::new(0)));
            let ending = vec![one(0, ClientCommand::Leave)];
            if let LastDelivery::Immediate | LastDelivery::BacklogFull = delivery {
                // The writer holds the socket and a deadline for it. The `Leave` command must release both.
                until(|| Arc::weak_count(&socket), |&count| count == 1);
                writer.send(ending);
                reading.join().unwrap();
            } else {
                // This client leaves only after it has read its last block.
                reading.join().unwrap();
                until(|| Arc::weak_count(&socket), |&count| count == 1);
                writer.send(ending);
            }
            until(
                || (Arc::weak_count(&socket), Arc::strong_count(&socket)),
                |counts| *counts == (0, 1),
            );
            writer.end();
        }
    });
}
