//! The hub without a server: its long polls, the order of its answers, and the limits of its batches.

use std::thread;
use std::time::Duration;

use blocking_chat::base::frame;
use blocking_chat::base::id::ClientId;
use blocking_chat::base::line::Lines;
use blocking_chat::base::name::Name;
use blocking_chat::server::delivery::block::Block;
use blocking_chat::server::delivery::client_command::ClientCommand;
use blocking_chat::server::delivery::messages::{WriterCommand, WriterMessage};
use blocking_chat::server::http::query::{FetchParams, MAX_WAIT};
use blocking_chat::server::hub::Hub;
use blocking_chat::server::hub::messages::HubMessage;
use blocking_chat::server::hub::room_request::{Fetch, Post, RoomRequest};
use blocking_chat::server::room::Room;
use blocking_chat::server::room::history::numbered_lines::NumberedLines;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::support::chat::LIMIT;
use crate::support::process::TIMEOUT;
use crate::support::watchdog::within;

/// A hub on its own thread. The test takes the place of the hub's only writer.
struct HubFixture {
    hub: Sender<HubMessage>,
    writer: Receiver<WriterMessage>,
}

impl HubFixture {
    /// Starts a hub whose channel to the writer holds up to `batches` batches.
    fn new(batches: usize) -> HubFixture {
        HubFixture::keeping(1000, batches)
    }

    /// Like [`HubFixture::new`], but the hub's room keeps this many lines.
    fn keeping(lines: usize, batches: usize) -> HubFixture {
        let (to_writer, writer) = bounded(batches);
        let (hub, inbox) = bounded(1024);
        let room = Room::new("5f3a09c1".into(), lines);
        thread::spawn(move || Hub::new(room, vec![to_writer], None).run(&inbox));
        HubFixture { hub, writer }
    }

    fn request(&self, client: ClientId, request: RoomRequest) {
        let message = HubMessage::Http { client, request };
        self.hub.send(message).unwrap();
    }

    /// Requests the lines after `since`, with a long poll if `waits` is true. Returns the receiver of the reply.
    fn fetch(&self, id: ClientId, since: u64, waits: bool) -> Receiver<NumberedLines> {
        self.fetch_until(id, since, None, waits)
    }

    /// Requests the lines after `since` up to `until`. Returns the receiver of the reply.
    fn fetch_until(
        &self,
        id: ClientId,
        since: u64,
        until: Option<u64>,
        waits: bool,
    ) -> Receiver<NumberedLines> {
        let (reply, replies) = bounded(1);
        let fetch = Fetch {
            params: FetchParams {
                since: Some(since),
                until,
                room: None,
                wait: waits.then_some(MAX_WAIT),
            },
            reply,
        };
        self.request(id, RoomRequest::Fetch(fetch));
        replies
    }

    fn post(&self, lines: &str) -> Receiver<Option<NumberedLines>> {
        let (reply, replies) = bounded(1);
        let post = Post {
            name: Name::parse("anna").unwrap(),
            lines: Lines::parse(lines).unwrap(),
            reply,
        };
        self.request(0, RoomRequest::Post(post));
        replies
    }

    /// Waits until the hub has handled every earlier message.
    fn wait_until_idle(&self) {
        self.fetch(0, 0, false).recv_timeout(TIMEOUT).unwrap();
    }
}

/// Returns the number of broadcast lines in this message to the writer. The message must be a batch.
fn lines_in(message: &WriterMessage) -> usize {
    let WriterMessage::Batch(commands) = message else {
        panic!("no batch");
    };
    let lines = commands.iter().map(|command| match command {
        WriterCommand::Broadcast(block) => block.lines,
        _ => 0,
    });
    lines.sum()
}

fn texts(lines: &NumberedLines) -> Vec<&str> {
    lines.iter().collect()
}

#[test]
fn connection_has_only_its_latest_long_poll() {
    within(LIMIT, || {
        let hub = HubFixture::new(8);
        let waits: Vec<_> = (0..10_000).map(|_| hub.fetch(7, 0, true)).collect();
        hub.wait_until_idle();
        let (last, replaced) = waits.split_last().unwrap();
        // A replaced long poll gets no reply: the hub drops the sender of the reply.
        assert!(
            replaced
                .iter()
                .all(|wait| wait.try_recv().unwrap_err().is_disconnected())
        );
        assert!(last.try_recv().unwrap_err().is_empty());
        hub.post("hello");
        assert_eq!(
            texts(&last.recv_timeout(TIMEOUT).unwrap()),
            ["1 anna: hello"]
        );
    });
}

/// A long poll is over when it is answered or when its connection ends.
#[test]
fn hub_forgets_a_long_poll_that_is_over() {
    within(LIMIT, || {
        let hub = HubFixture::new(8);
        let [one, other] = [1, 2].map(|id| hub.fetch(id, 0, true));
        hub.request(1, RoomRequest::Forget);
        hub.wait_until_idle();
        assert!(one.try_recv().unwrap_err().is_disconnected());
        assert!(other.try_recv().unwrap_err().is_empty());
        hub.post("hello").recv_timeout(TIMEOUT).unwrap();
        hub.wait_until_idle();
        other.recv_timeout(TIMEOUT).unwrap();
        assert!(other.try_recv().unwrap_err().is_disconnected());
    });
}

#[test]
fn abandoned_long_polls_do_not_delay_others() {
    within(LIMIT, || {
        let hub = HubFixture::new(8);
        (1..=1000).for_each(|id| drop(hub.fetch(id, 0, true)));
        let last = hub.fetch(1001, 0, true);
        hub.post("hello").recv_timeout(TIMEOUT).unwrap();
        last.recv_timeout(TIMEOUT).unwrap();
    });
}

#[test]
fn nobody_is_answered_before_the_writers_have_the_batch() {
    within(LIMIT, || {
        let hub = HubFixture::new(0);
        let waiting = hub.fetch(1, 0, true);
        hub.wait_until_idle();
        let receipt = hub.post("hello");
        let polled = hub.fetch(2, 0, false);
        // The hub blocks on the writer's channel until the test receives the batch.
        assert!(waiting.recv_timeout(Duration::from_millis(100)).is_err());
        assert!(receipt.is_empty() && polled.is_empty());
        let WriterMessage::Batch(commands) = hub.writer.recv_timeout(TIMEOUT).unwrap() else {
            panic!("no batch");
        };
        assert!(
            matches!(&commands[..], [WriterCommand::Broadcast(_)]),
            "{commands:?}"
        );
        for lines in [
            waiting.recv_timeout(TIMEOUT).unwrap(),
            receipt.recv_timeout(TIMEOUT).unwrap().unwrap(),
            polled.recv_timeout(TIMEOUT).unwrap(),
        ] {
            assert_eq!(texts(&lines), ["1 anna: hello"]);
        }
    });
}

#[test]
fn since_is_interpreted_when_the_request_arrives() {
    within(LIMIT, || {
        let hub = HubFixture::new(8);
        // The newest number is still 0, so `since`, which is 2, counts as 0.
        let waiting = hub.fetch(1, 2, true);
        hub.wait_until_idle();
        hub.post("one\ntwo\nthree");
        let lines = waiting.recv_timeout(TIMEOUT).unwrap();
        assert_eq!(
            texts(&lines),
            ["1 anna: one", "2 anna: two", "3 anna: three"]
        );
    });
}

#[test]
fn long_poll_right_after_a_line_gets_the_next_line() {
    within(LIMIT, || {
        // The writer's channel has a capacity of 0, so the hub blocks at the first post. When the hub continues, it
        // finds the second post and the fetch together.
        let hub = HubFixture::new(0);
        hub.post("one");
        hub.post("two");
        let waiting = hub.fetch(1, 2, true);
        // If the hub was slow to start, it has merged both posts into one batch.
        let mut said = 0;
        while said < 2 {
            said += lines_in(&hub.writer.recv_timeout(TIMEOUT).unwrap());
        }
        hub.wait_until_idle();
        assert!(
            waiting.try_recv().unwrap_err().is_empty(),
            "there is no new line yet"
        );
        hub.post("three");
        hub.writer.recv_timeout(TIMEOUT).unwrap();
        assert_eq!(
            texts(&waiting.recv_timeout(TIMEOUT).unwrap()),
            ["3 anna: three"]
        );
    });
}

#[test]
fn stop_ends_every_long_poll() {
    within(LIMIT, || {
        let hub = HubFixture::new(8);
        let waiting = hub.fetch(1, 0, true);
        hub.hub.send(HubMessage::Stop).unwrap();
        let late = [hub.fetch(2, 0, true), hub.fetch(3, 0, false)];
        let post = hub.post("late");
        assert!(waiting.recv_timeout(TIMEOUT).unwrap_err().is_disconnected());
        assert!(post.recv_timeout(TIMEOUT).unwrap_err().is_disconnected());
        for late in late {
            assert!(late.recv_timeout(TIMEOUT).unwrap_err().is_disconnected());
        }
    });
}

#[test]
fn long_poll_gets_new_lines_of_a_room_that_keeps_none() {
    within(LIMIT, || {
        let hub = HubFixture::keeping(0, 8);
        for round in 0..3 {
            let newest = 2 * round;
            let waiting = [(1, 0), (2, newest)].map(|(id, since)| hub.fetch(id, since, true));
            hub.wait_until_idle();
            let receipt = hub.post("one\ntwo").recv_timeout(TIMEOUT).unwrap();
            let said = [
                format!("{} anna: one", newest + 1),
                format!("{} anna: two", newest + 2),
            ];
            assert_eq!(texts(&receipt.unwrap()), said);
            for waiting in waiting {
                assert_eq!(texts(&waiting.recv_timeout(TIMEOUT).unwrap()), said);
            }
            // The room keeps no line for a later fetch.
            assert!(
                hub.fetch(0, 0, false)
                    .recv_timeout(TIMEOUT)
                    .unwrap()
                    .is_empty()
            );
        }
    });
}

#[test]
fn long_poll_for_discarded_lines_is_never_answered() {
    within(LIMIT, || {
        let hub = HubFixture::keeping(1, 8);
        hub.post("one\ntwo\nthree").recv_timeout(TIMEOUT).unwrap();
        let gone = hub.fetch_until(1, 0, Some(2), true);
        let next = hub.fetch_until(2, 3, Some(4), true);
        hub.post("four\nfive").recv_timeout(TIMEOUT).unwrap();
        assert_eq!(
            texts(&next.recv_timeout(TIMEOUT).unwrap()),
            ["4 anna: four"]
        );
        hub.wait_until_idle();
        assert!(gone.try_recv().unwrap_err().is_empty());
        hub.request(1, RoomRequest::Forget);
        hub.wait_until_idle();
        assert!(gone.try_recv().unwrap_err().is_disconnected());
    });
}

/// Returns the batches into which a hub groups these messages. All messages are queued before the hub starts.
fn batches_of(
    kept: usize,
    messages: impl IntoIterator<Item = HubMessage>,
) -> Vec<Vec<WriterCommand>> {
    let (to_writer, writer) = unbounded();
    let (hub, inbox) = unbounded();
    messages.into_iter().for_each(|it| hub.send(it).unwrap());
    drop(hub);
    let room = Room::new("5f3a09c1".into(), kept);
    Hub::new(room, vec![to_writer], None).run(&inbox);
    let batches = writer.iter().filter_map(|message| match message {
        WriterMessage::Batch(commands) => Some(commands),
        _ => None,
    });
    batches.collect()
}

/// A writer sends all replies in one block with one call of send(2).
#[test]
fn replies_to_one_client_in_a_batch_form_one_block() {
    let answer = |(client, text)| HubMessage::Private {
        client,
        block: Block::new(frame::text(text)),
    };
    let batches = batches_of(10, [(1, "a"), (2, "x"), (1, "b"), (1, "c")].map(answer));
    let answers: Vec<(ClientId, &[u8])> = batches
        .iter()
        .flatten()
        .map(|command| match command {
            WriterCommand::One {
                client,
                command: ClientCommand::Send(block),
            } => (*client, &*block.bytes),
            other => panic!("{other:?}"),
        })
        .collect();
    let all = ["a", "b", "c"].map(frame::text).concat();
    assert_eq!(answers, [(1, &all[..]), (2, &frame::text("x")[..])]);
}

/// Each `Leave` flushes the block of lines. Without a limit, a batch could consist of many small blocks.
#[test]
fn leave_messages_in_a_batch_are_limited() {
    let batches = batches_of(10, (0..200).map(HubMessage::Leave));
    let leaves: Vec<usize> = batches.iter().map(Vec::len).collect();
    assert_eq!(leaves, [64, 64, 64, 8]);
}

/// A fetch sends no bytes to the writers, but it costs the hub time for each chunk of the history.
#[test]
fn batch_limits_its_fetches_of_a_long_history() {
    let say = |_| {
        let (reply, _) = bounded(1);
        let post = Post {
            name: Name::parse("anna").unwrap(),
            lines: Lines::parse(&"x\n".repeat(1000)).unwrap(),
            reply,
        };
        HubMessage::Http {
            client: 0,
            request: RoomRequest::Post(post),
        }
    };
    let fetch = |id| {
        let (reply, _) = bounded(1);
        let fetch = Fetch {
            params: FetchParams::default(),
            reply,
        };
        HubMessage::Http {
            client: id,
            request: RoomRequest::Fetch(fetch),
        }
    };
    // The writer does not see fetches. The private blocks between them show how many fetches are in a batch.
    let small = |id| {
        if id % 2 == 0 {
            fetch(id)
        } else {
            HubMessage::Private {
                client: id,
                block: Block::new(frame::text("x")),
            }
        }
    };
    let messages = (0..60).map(say).chain((0..2000).map(small));
    let answers = batches_of(100_000, messages).into_iter().map(|batch| {
        let answers = batch
            .iter()
            .filter(|it| matches!(it, WriterCommand::One { .. }));
        answers.count()
    });
    let most = answers.max().unwrap();
    // The 60,000 lines are 469 chunks, so about 70 fetches use up the 32,768 steps that a batch may cost.
    assert!((60..=80).contains(&most), "{most}");
}
