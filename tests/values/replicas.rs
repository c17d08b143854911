//! Replicas of the room: the same entries in the same order produce the same room.

use std::cell::Cell;

use blocking_chat::base::line::Lines;
use blocking_chat::base::name::Name;
use blocking_chat::server::cluster::entry_id::EntryId;
use blocking_chat::server::cluster::event::{
    LogEntry, RoomEvent, RoomOptions, ServerId, Snapshot, Start,
};
use blocking_chat::server::cluster::fields;
use blocking_chat::server::cluster::fields::decode;
use blocking_chat::server::cluster::replica::outcome::{Applied, Outcome, Refusal};
use blocking_chat::server::cluster::replica::{ENTRIES_PER_SNAPSHOT, Replica};
use blocking_chat::server::cluster::servers::Slot;
use blocking_chat::server::room::join::JoinRequest;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::test_room::{Recorder, SentLine, all, one};

const OPTIONS: RoomOptions = RoomOptions {
    history: 20,
    max_message: 16_384,
};

/// An event that a server appends to the log after a pause of `pause` milliseconds.
#[derive(Clone, Debug)]
struct Step {
    pause: u64,
    server: u64,
    /// The entry's number minus the correct number. Below 0, it simulates a repeated entry; above 0, the loss of an
    /// earlier entry.
    number_error: i64,
    event: RoomEvent,
}

fn start(room: &str) -> Start {
    Start {
        room: room.to_owned(),
        options: OPTIONS.to_string(),
        replaces: None,
        ends: None,
    }
}

fn name() -> impl Strategy<Value = Name> {
    "(anna|Anna|ben|guest-[1-9]|anna-[2-4]|é{1,32}|٣)".prop_map(|name| Name::parse(&name).unwrap())
}

fn lines() -> impl Strategy<Value = Lines> {
    let line = prop_oneof![
        4 => "[a-z ]{1,20}",
        4 => Just("/who".to_owned()),
        4 => Just("//x".to_owned()),
        4 => name().prop_map(|name| format!("/nick {name}")),
        1 => Just("x".repeat(90_000)),
    ];
    vec(line, 1..4).prop_map(|lines| Lines::parse(&(lines.join("\n") + "\n.")).unwrap())
}

fn event() -> impl Strategy<Value = RoomEvent> {
    let client = || 0_u64..6;
    let server = || option::of((0_u64..4).prop_map(ServerId));
    let options = prop_oneof![4 => Just(OPTIONS.to_string()), 1 => Just("history=7".to_owned())];
    let ends = option::weighted(0.1, Just("room-1".to_owned()));
    prop_oneof![
        3 => (options, server(), ends).prop_map(|(options, replaces, ends)| {
            RoomEvent::Start(Start { options, replaces, ends, ..start("room-1") })
        }),
        2 => Just(RoomEvent::Alive),
        1 => Just(RoomEvent::Stop),
        1 => (0_u64..9, 0_u64..9).prop_map(|(milliseconds, sequence)| RoomEvent::Snapshot(Snapshot {
            position: EntryId { milliseconds, sequence },
            trim: None,
            text: "options\n".to_owned(),
        })),
        8 => (client(), option::of(name()), option::of("[a-c]{1,2}"))
            .prop_map(|(client, name, key)| {
                let request = JoinRequest { name, key, ..JoinRequest::default() };
                RoomEvent::Join { client, request }
            }),
        3 => client().prop_map(RoomEvent::Leave),
        8 => (client(), lines()).prop_map(|(client, lines)| RoomEvent::Say { client, lines }),
        2 => (client(), name(), lines())
            .prop_map(|(client, name, lines)| RoomEvent::Post { client, name, lines }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![6 => 0_u64..200, 2 => 0_u64..7000, 1 => 0_u64..60_000];
    let number_error = prop_oneof![10 => Just(0), 1 => -2_i64..3];
    (pause, 0_u64..4, number_error, event()).prop_map(|(pause, server, number_error, event)| Step {
        pause,
        server,
        number_error,
        event,
    })
}

/// A growing log. For each server, it counts the entries as the server itself does.
struct Log {
    id: EntryId,
    written: [u64; 4],
}

impl Log {
    fn new() -> Log {
        let id = EntryId {
            milliseconds: 1_700_000_000_000,
            sequence: 0,
        };
        Log {
            id,
            written: [0; 4],
        }
    }

    fn append(&mut self, step: Step) -> (EntryId, LogEntry) {
        self.id = EntryId {
            milliseconds: self.id.milliseconds + step.pause,
            sequence: self.id.sequence + 1,
        };
        let written = &mut self.written[step.server as usize];
        if matches!(step.event, RoomEvent::Start(_)) {
            *written = 0;
        }
        let number = written.saturating_add_signed(step.number_error);
        *written += 1;
        let entry = LogEntry {
            server: ServerId(step.server),
            number,
            event: step.event,
        };
        (self.id, entry)
    }
}

fn begin() -> (Log, Replica) {
    let mut log = Log::new();
    log.written[0] = 1;
    let begun = Replica::begin(log.id, ServerId(0), &start("room-1"), OPTIONS);
    let (replica, _) = begun.unwrap();
    (log, replica)
}

fn apply(replica: &mut Replica, id: EntryId, entry: LogEntry) -> (Vec<SentLine>, String) {
    let mut out = Recorder::default();
    let applied = replica.apply(id, entry, &mut out);
    (out.0, shown(applied))
}

/// Returns the effect of an entry as text. Omits a joiner's earlier lines and the borders of chunks, because replicas
/// may divide the same lines differently.
fn shown(applied: Applied) -> String {
    let Applied {
        dropped_servers: dropped,
        outcome,
    } = applied;
    match outcome {
        Outcome::Posted { client, receipt } => {
            let lines = receipt.iter().flat_map(|receipt| receipt.iter());
            format!("{dropped:?} {client} {:?}", lines.collect::<Vec<_>>())
        }
        Outcome::Joined { client, joined } => {
            format!(
                "{dropped:?} {client} {:?} {:?}",
                joined.greeting, joined.replaced
            )
        }
        other => format!("{dropped:?} {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// One replica reads the entries directly, one reads them as Redis returns them, and one often restarts from a
    /// snapshot.
    #[test]
    fn three_replicas_are_equal_after_each_entry(steps in vec((step(), any::<bool>()), 1..120)) {
        let (mut log, mut whole) = begin();
        let (_, mut decoded) = begin();
        let (_, mut restarted) = begin();
        for (step, restarts) in steps {
            let (id, entry) = log.append(step);
            let fields = fields::encode(&entry).into_iter().map(|(name, value)| (name.to_owned(), value));
            let read = decode::decode(&fields.collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(&read, &entry);
            let sent = apply(&mut whole, id, entry.clone());
            prop_assert_eq!(&apply(&mut decoded, id, read), &sent);
            prop_assert_eq!(&apply(&mut restarted, id, entry), &sent);
            let text = whole.to_text();
            prop_assert_eq!(&decoded.to_text(), &text);
            prop_assert_eq!(&restarted.to_text(), &text);
            if restarts {
                restarted = Replica::from_text(&text, OPTIONS).unwrap();
                prop_assert_eq!(&restarted.to_text(), &text);
            }
        }
    }

    #[test]
    fn arbitrary_fields_cause_no_panic(fields in vec(("(by|say|join|client|start|until|snapshot|post|leave|key|name|room)", ".{0,20}"), 0..5)) {
        if let Some(entry) = decode::decode(&fields) {
            let (log, mut replica) = begin();
            apply(&mut replica, log.id, entry);
        }
    }

    #[test]
    fn damaged_snapshot_causes_no_panic(steps in vec(step(), 1..20), at in 0_usize..2000, with in ".{0,3}") {
        let (mut log, mut replica) = begin();
        for step in steps {
            let (id, entry) = log.append(step);
            apply(&mut replica, id, entry);
        }
        let mut text = replica.to_text();
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.replace_range(at..at, &with);
        if let Some(mut damaged) = Replica::from_text(&text, OPTIONS) {
            let (id, entry) = log.append(Step { pause: 1, server: 0, number_error: 0, event: RoomEvent::Alive });
            apply(&mut damaged, id, entry);
        }
    }
}

/// A room and its log, to which a test appends the entries one by one.
struct Scenario {
    log: Log,
    replica: Replica,
    sent: Cell<Vec<SentLine>>,
}

impl Scenario {
    fn new() -> Scenario {
        let (log, replica) = begin();
        Scenario {
            log,
            replica,
            sent: Cell::default(),
        }
    }

    fn apply(&mut self, server: u64, pause: u64, event: RoomEvent) -> Outcome {
        let step = Step {
            pause,
            server,
            number_error: 0,
            event,
        };
        let (id, entry) = self.log.append(step);
        let mut out = Recorder::default();
        let applied = self.replica.apply(id, entry, &mut out);
        self.sent.set(out.0);
        applied.outcome
    }

    fn start(&mut self, server: u64) -> Outcome {
        self.apply(server, 10, RoomEvent::Start(start("another")))
    }

    fn join(&mut self, server: u64, name: &str) -> Outcome {
        let event = RoomEvent::Join {
            client: 1,
            request: JoinRequest {
                name: Some(Name::parse(name).unwrap()),
                key: Some("k".to_owned()),
                ..JoinRequest::default()
            },
        };
        self.apply(server, 10, event)
    }

    fn heartbeat(&mut self, server: u64, pause: u64) {
        self.apply(server, pause, RoomEvent::Alive);
    }

    fn take_sent(&self) -> Vec<SentLine> {
        self.sent.take()
    }
}

#[test]
fn members_of_a_server_leave_15_seconds_after_its_last_entry() {
    let mut scenario = Scenario::new();
    scenario.start(1);
    scenario.join(1, "anna");
    for _ in 0..4 {
        scenario.heartbeat(0, 3747);
        assert_eq!(scenario.take_sent(), []);
    }
    scenario.heartbeat(0, 2);
    assert_eq!(scenario.take_sent(), []);
    scenario.heartbeat(0, 10);
    assert_eq!(scenario.take_sent(), [all("2 * anna left")]);
    assert!(matches!(scenario.join(1, "anna"), Outcome::Ignored));
    assert!(matches!(scenario.join(0, "ben"), Outcome::Joined { .. }));
}

#[test]
fn outage_of_redis_removes_no_server() {
    let mut scenario = Scenario::new();
    scenario.start(1);
    scenario.join(1, "anna");
    scenario.heartbeat(0, 4990);
    // For an hour, no server could write.
    scenario.heartbeat(0, 3_600_000);
    scenario.heartbeat(0, 3990);
    assert_eq!(scenario.take_sent(), []);
    scenario.heartbeat(1, 1);
    scenario.heartbeat(0, 4999);
    assert_eq!(scenario.take_sent(), []);
}

#[test]
fn entry_that_arrives_twice_counts_once() {
    let mut scenario = Scenario::new();
    scenario.join(0, "anna");
    scenario.log.written[0] -= 1;
    assert!(matches!(scenario.join(0, "ben"), Outcome::Ignored));
    assert_eq!(scenario.take_sent(), []);
    scenario.start(0);
    assert!(
        matches!(scenario.join(0, "ben"), Outcome::Ignored),
        "a Start also counts once"
    );
}

#[test]
fn same_client_number_on_two_servers_means_two_members() {
    let mut scenario = Scenario::new();
    scenario.start(1);
    scenario.join(0, "anna");
    scenario.join(1, "ben");
    scenario.apply(1, 0, RoomEvent::Leave(1));
    assert_eq!(scenario.take_sent(), [all("3 * ben left")]);
    let lines = Lines::parse("/who").unwrap();
    scenario.apply(0, 0, RoomEvent::Say { client: 1, lines });
    assert_eq!(
        scenario.take_sent(),
        [one(Slot(0).member(1), "* here: anna")]
    );
}

#[test]
fn join_with_name_and_key_replaces_a_member_of_another_server() {
    let mut scenario = Scenario::new();
    scenario.start(1);
    scenario.join(0, "anna");
    let Outcome::Joined { joined, .. } = scenario.join(1, "anna") else {
        panic!("the join failed");
    };
    assert_eq!(joined.replaced.and_then(|id| Slot(0).client(id)), Some(1));
    assert_eq!(scenario.take_sent(), []);
    scenario.apply(0, 0, RoomEvent::Leave(1));
    assert_eq!(
        scenario.take_sent(),
        [],
        "the replaced client is no longer a member"
    );
}

#[test]
fn server_with_other_options_is_refused() {
    let mut scenario = Scenario::new();
    let options = "version=1 history=7 max-message=16384";
    let with_other_options = Start {
        options: options.to_owned(),
        ..start("another")
    };
    let Outcome::Started(Err(refusal)) = scenario.apply(1, 0, RoomEvent::Start(with_other_options))
    else {
        panic!("the server was not refused");
    };
    let expected = Refusal::OtherOptions {
        own: OPTIONS.to_string(),
        theirs: options.to_owned(),
    };
    assert_eq!(refusal, expected);
    assert!(matches!(scenario.join(1, "anna"), Outcome::Ignored));
}

#[test]
fn restarted_server_removes_the_members_of_its_former_run() {
    let mut scenario = Scenario::new();
    scenario.start(1);
    scenario.join(1, "anna");
    let again = Start {
        replaces: Some(ServerId(1)),
        ..start("another")
    };
    scenario.apply(2, 0, RoomEvent::Start(again));
    assert_eq!(scenario.take_sent(), [all("2 * anna left")]);
}

#[test]
fn room_that_lost_entries_is_replaced_only_once() {
    let mut scenario = Scenario::new();
    scenario.start(1);
    scenario.join(0, "anna");
    let ends = |room: &str| {
        RoomEvent::Start(Start {
            ends: Some("room-1".to_owned()),
            ..start(room)
        })
    };
    scenario.apply(2, 0, ends("room-2"));
    scenario.apply(3, 0, ends("room-3"));
    assert_eq!(&**scenario.replica.room().id(), "room-2");
    assert!(matches!(scenario.join(1, "anna"), Outcome::Joined { .. }));
    assert_eq!(scenario.take_sent(), [all("1 * anna joined")]);
}

#[test]
fn oldest_server_writes_snapshots_and_the_next_is_its_backup() {
    let mut scenario = Scenario::new();
    scenario.start(1);
    let due = |scenario: &Scenario, slot| scenario.replica.snapshot_due(Slot(slot)).is_some();
    for _ in 0..ENTRIES_PER_SNAPSHOT - 2 {
        scenario.heartbeat(0, 0);
    }
    assert!(!due(&scenario, 0));
    scenario.heartbeat(0, 0);
    assert!(due(&scenario, 0) && !due(&scenario, 1));
    for _ in 0..ENTRIES_PER_SNAPSHOT {
        scenario.heartbeat(0, 0);
    }
    assert!(due(&scenario, 1));
    let snapshot = scenario.replica.snapshot_due(Slot(1)).unwrap();
    assert_eq!((snapshot.position, snapshot.trim), (scenario.log.id, None));
    scenario.apply(1, 0, RoomEvent::Snapshot(snapshot.clone()));
    assert!(!due(&scenario, 0) && !due(&scenario, 1));
    for _ in 0..ENTRIES_PER_SNAPSHOT {
        scenario.heartbeat(0, 0);
    }
    let next = scenario.replica.snapshot_due(Slot(0)).unwrap();
    assert_eq!(next.trim, Some(snapshot.position));
}
