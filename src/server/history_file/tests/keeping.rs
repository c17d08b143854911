//! Tests the keeper alone: a line reaches a writer only after it is on the disk, and batches in a group share one sync.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::base::supervisor::Supervisor;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::delivery::room_reply::RoomReply;
use crate::server::history_file::keeper::Keeper;
use crate::server::history_file::transcript::Transcript;
use crate::server::observe::history_counters::HistoryCounters;
use crate::server::observe::log::Log;
use crate::server::room::history::numbered_lines::NumberedLines;
use crate::server::room::output::RoomOutput;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::server::history_file::tests::disk::{Fault, FaultyDisk};

/// The time limit for something that should happen immediately. A passing test never waits that long.
const TIMEOUT: Duration = Duration::from_secs(40);

/// A running keeper. The test plays its hub and its only writer.
struct Stage {
    hub: OutgoingBatches,
    writer: Receiver<WriterMessage>,
    disk: FaultyDisk,
    counters: Arc<HistoryCounters>,
    stop: Option<Sender<std::convert::Infallible>>,
}

impl Stage {
    fn new(disk: FaultyDisk) -> Stage {
        let (to_keeper, inbox) = bounded(8);
        let (to_writer, writer) = bounded(100);
        let (stop, stopped) = bounded(0);
        let supervisor = Supervisor {
            events: bounded(1).0,
            shutdown_guard: bounded(0).0,
            on_spawn: None,
        };
        let counters = Arc::<HistoryCounters>::default();
        let transcript = Transcript::new(disk.clone(), 0, u64::MAX, Arc::clone(&counters));
        let log = Log::start(&supervisor).unwrap();
        let keeper = Keeper::new(
            transcript,
            vec![to_writer],
            stopped,
            log,
            Arc::clone(&counters),
        );
        thread::spawn(move || keeper.run(&inbox));
        Stage {
            hub: OutgoingBatches::new(vec![to_keeper]),
            writer,
            disk,
            counters,
            stop: Some(stop),
        }
    }

    /// Sends the keeper a batch of one line.
    fn say(&mut self, line: &str) {
        self.hub.to_all(line);
        self.hub.send();
    }

    /// Waits for the next batch that the keeper sends to the writer. Returns its commands, each as one word.
    fn next(&self) -> Vec<&'static str> {
        match self.writer.recv_timeout(TIMEOUT).unwrap() {
            WriterMessage::Batch(commands) => commands.iter().map(word).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn expect_end(&self) {
        let end = self.writer.recv_timeout(TIMEOUT).unwrap();
        assert!(matches!(end, WriterMessage::End), "{end:?}");
    }
}

fn word(command: &WriterCommand) -> &'static str {
    match command {
        WriterCommand::Broadcast(_) => "lines",
        WriterCommand::One { command, .. } => match command {
            ClientCommand::Join { .. } => "join",
            ClientCommand::Send(_) => "answer",
            ClientCommand::Ping => "ping",
            ClientCommand::Disconnect(_) => "disconnect",
            ClientCommand::Leave => "leave",
            ClientCommand::Reply(_) => "reply",
        },
        WriterCommand::Stop => "stop",
    }
}

fn reply() -> (ClientCommand, Receiver<NumberedLines>) {
    let (to, replies) = bounded(1);
    let lines = NumberedLines::default();
    (
        ClientCommand::Reply(RoomReply::Lines { to, lines }),
        replies,
    )
}

#[test]
fn nothing_overtakes_the_sync_and_a_group_shares_one_sync() {
    let disk = FaultyDisk::default();
    let ((entered, syncs_entered), (resume, resumed)) = (unbounded(), unbounded());
    disk.set_gate(entered, resumed);
    let mut stage = Stage::new(disk);
    stage.say("1 anna: first");
    syncs_entered.recv_timeout(TIMEOUT).unwrap();
    // A sync in progress counts as a stall, so a client whose Ping waits in the keeper does not time out.
    assert!(stage.counters.was_stalled_within(Duration::ZERO));
    // While the disk is busy with the first line, six more batches arrive.
    for number in 2..=5 {
        stage.say(&format!("{number} anna: more"));
    }
    stage.hub.to_one(7, "* an answer");
    let (reply, _replies) = reply();
    stage.hub.push_command(8, reply);
    stage.hub.push_command(9, ClientCommand::Leave);
    stage.hub.send();
    stage.say("6 anna: last");
    assert!(
        stage.writer.is_empty(),
        "the writer got a batch before the sync"
    );

    resume.send(()).unwrap();
    assert_eq!(stage.next(), ["lines"]);
    syncs_entered.recv_timeout(TIMEOUT).unwrap();
    assert!(
        stage.writer.is_empty(),
        "the writer got a batch before the second sync"
    );
    let text = stage.disk.text_after_crash();
    assert_eq!(text, "1 anna: first\n");

    resume.send(()).unwrap();
    let together = [
        "lines", "lines", "lines", "lines", "reply", "leave", "answer", "lines",
    ];
    assert_eq!(stage.next(), together);
    assert_eq!((stage.disk.state().syncs, stage.counters.syncs()), (2, 2));
    assert!(stage.disk.text_after_crash().ends_with("\n6 anna: last\n"));
}

#[test]
fn batch_without_a_line_needs_no_sync() {
    let mut stage = Stage::new(FaultyDisk::default());
    stage.hub.push_command(1, ClientCommand::Ping);
    stage.hub.send();
    assert_eq!(stage.next(), ["ping"]);
    assert_eq!(stage.disk.state().syncs, 0);
}

#[test]
fn failed_disk_delays_lines_but_loses_none() {
    let faults = [Fault::Full(9), Fault::SyncFails, Fault::TruncateFails];
    let mut stage = Stage::new(FaultyDisk::with(faults));
    stage.say("1 anna: hello");
    assert_eq!(stage.next(), ["lines"]);
    assert_eq!(stage.disk.text_after_crash(), "1 anna: hello\n");
    assert!(!stage.counters.is_stalled());
    assert!(stage.counters.was_stalled_within(TIMEOUT));
    stage.say("2 anna: again");
    assert_eq!(stage.next(), ["lines"]);
    assert!(stage.disk.text_after_crash().ends_with("2 anna: again\n"));
}

#[test]
fn stop_with_a_full_disk_ends_and_shows_no_unstored_line() {
    let mut stage = Stage::new(FaultyDisk::with([Fault::Full(3); 1000]));
    stage.say("1 anna: hello");
    drop(stage.stop.take());
    // After an unstored line, the keeper passes on only commands that neither show a line nor prove that one exists.
    stage.hub.to_all("2 anna: again");
    stage.hub.to_one(7, "* an answer");
    stage.hub.push_command(8, ClientCommand::Leave);
    let (reply, replies) = reply();
    stage.hub.push_command(9, reply);
    stage.hub.send();
    stage.hub.finish();
    drop(stage.hub);
    let mut seen = Vec::new();
    while let WriterMessage::Batch(commands) = stage.writer.recv_timeout(TIMEOUT).unwrap() {
        seen.extend(commands.iter().map(word));
    }
    assert_eq!(seen, ["leave"]);
    assert!(
        replies.recv_timeout(TIMEOUT).is_err(),
        "the reply was not dropped"
    );
    assert_eq!(stage.disk.text(), "");
}

#[test]
fn lines_are_stored_and_passed_on_after_a_stop() {
    let mut stage = Stage::new(FaultyDisk::default());
    drop(stage.stop.take());
    stage.say("1 anna: hello");
    stage.hub.finish();
    assert_eq!(stage.next(), ["lines"]);
    stage.expect_end();
    assert_eq!(stage.disk.text_after_crash(), "1 anna: hello\n");
}

#[test]
fn writers_end_when_the_hub_or_the_keeper_panics() {
    // A hub that panics sends no End, but its channel disconnects.
    let Stage { hub, writer, .. } = Stage::new(FaultyDisk::default());
    drop(hub);
    let end = writer.recv_timeout(TIMEOUT).unwrap();
    assert!(matches!(end, WriterMessage::End), "{end:?}");
    // A keeper that panics is dropped, which ends the writers.
    let disk = FaultyDisk::default();
    let mut stage = Stage::new(disk.clone());
    let poisoned = disk.clone();
    let _ = thread::spawn(move || {
        let _held = poisoned.state();
        panic!("poisons the mutex of the disk");
    })
    .join();
    stage.say("1 anna: hello");
    stage.expect_end();
}
