//! The steps that one message costs the hub: no peer can keep the hub busy for long.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use blocking_chat::base::id::ClientId;
use blocking_chat::base::line::Lines;
use blocking_chat::base::name::Name;
use blocking_chat::server::room::Room;
use blocking_chat::server::room::free_name::MAX_LOOKUPS;
use blocking_chat::server::room::history::{chunk, kept};
use blocking_chat::server::room::join::JoinRequest;
use blocking_chat::server::room::output::RoomOutput;
use blocking_chat::server::room::steps::MAX_STEPS;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::runner::{check_property, limit};
use crate::support::watchdog::within;

/// The maximum number of lines that the room keeps.
const KEPT: usize = 5000;

/// The maximum number of chunks in the history.
const MAX_CHUNKS: usize = KEPT / chunk::MAX_LINES + kept::MAX_BYTES / chunk::MAX_BYTES + 2;

/// A message to the room.
#[derive(Clone, Debug)]
enum Message {
    Join(Option<String>, Option<u64>),
    Leave(ClientId),
    Say(ClientId, String),
    Post(String, String),
    Fetch(u64, u64),
}

/// Counts the lines that the room sends.
#[derive(Default)]
struct Counter(u64);

impl RoomOutput for Counter {
    fn to_all(&mut self, _: &str) {
        self.0 += 1;
    }

    fn to_one(&mut self, _: ClientId, _: &str) {
        self.0 += 1;
    }
}

/// Generates numbers that are costly for a search that doubles, halves or increments its number.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        0_u64..40,
        (0_u32..64).prop_map(|power| 1 << power),
        (0_u32..20).prop_map(|power| 10_u64.pow(power) - 1),
        Just(u64::MAX),
    ]
}

/// Generates names that collide with each other.
fn name() -> impl Strategy<Value = String> {
    let stem = prop_oneof![
        Just("a".to_owned()),
        Just("A".to_owned()),
        Just("guest".to_owned()),
        (20_usize..=32).prop_map(|length| "x".repeat(length)),
        (20_usize..=32).prop_map(|length| "é".repeat(length)),
    ];
    (stem, option::of(number())).prop_map(|(stem, number)| match number {
        Some(number) => Name::parse(&stem).unwrap().numbered(number).to_string(),
        None => stem,
    })
}

fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("hello".to_owned()),
        Just("/who".to_owned()),
        Just("/help".to_owned()),
        name().prop_map(|name| format!("/nick {name}")),
        (0_usize..20_000).prop_map(|length| "x".repeat(length)),
    ];
    let mixed = vec(line, 1..30).prop_map(|lines| lines.join("\n") + "\n.");
    // The most expensive command, in some cases repeated beyond the limit on commands in a message.
    let expensive = (1_usize..60).prop_map(|count| "/who\n".repeat(count));
    prop_oneof![4 => mixed, 1 => expensive]
}

fn message() -> impl Strategy<Value = Message> {
    let id = 0_u64..300;
    prop_oneof![
        4 => (option::weighted(0.9, name()), option::of(number()))
            .prop_map(|(name, since)| Message::Join(name, since)),
        1 => id.clone().prop_map(Message::Leave),
        2 => (id, text()).prop_map(|(id, text)| Message::Say(id, text)),
        1 => (name(), text()).prop_map(|(name, text)| Message::Post(name, text)),
        1 => (number(), number()).prop_map(|(since, until)| Message::Fetch(since, until)),
    ]
}

/// A room under attack, and the names of its members.
struct AttackedRoom {
    room: Room,
    now: Instant,
    next: ClientId,
    names: HashMap<Name, ClientId>,
}

impl AttackedRoom {
    fn new() -> AttackedRoom {
        let mut room = Room::new("5f3a09c1".into(), KEPT);
        let lines = Lines::parse(&"x\n".repeat(1000)).unwrap();
        for _ in 0..KEPT / 1000 {
            room.post(&Name::parse("z").unwrap(), &lines, &mut Counter::default());
        }
        room.release_held();
        let mut attacked = AttackedRoom {
            room,
            now: Instant::now(),
            next: 0,
            names: HashMap::new(),
        };
        // Many clients ask for the same name. A search that counts upward would try the numbers of all these clients.
        for _ in 0..200 {
            let join = Message::Join(Some("a".to_owned()), None);
            attacked.handle(join, &mut Counter::default());
        }
        attacked
    }

    /// Passes the message to the room. Returns the maximum number of steps that the message may cost, not counting the
    /// steps for chunks (up to [`MAX_CHUNKS`]).
    fn handle(&mut self, message: Message, out: &mut Counter) -> u64 {
        self.now += Duration::from_millis(10);
        match message {
            Message::Join(name, since) => {
                let name = name.map(|name| Name::parse(&name).unwrap());
                let request = JoinRequest {
                    name,
                    since,
                    ..JoinRequest::default()
                };
                let joined = self.room.join(self.next, request, self.now, out);
                let welcome = joined.greeting[0].strip_prefix("* you are ").unwrap();
                let (name, _) = welcome.split_once(' ').unwrap();
                let taken = self.names.insert(Name::parse(name).unwrap(), self.next);
                assert_eq!(taken, None, "{name} was not free");
                self.next += 1;
                1 + MAX_LOOKUPS
            }
            Message::Leave(id) => {
                self.room.leave(id, self.now, out);
                self.names.retain(|_, owner| *owner != id);
                1
            }
            Message::Say(id, text) => {
                let lines = Lines::parse(&text).unwrap();
                self.room.say(id, &lines, out);
                // The member may have a new name now, so its former name may be free.
                self.names.retain(|_, owner| *owner != id);
                lines.iter().count() as u64 + MAX_STEPS
            }
            Message::Post(name, text) => {
                let lines = Lines::parse(&text).unwrap();
                self.room.post(&Name::parse(&name).unwrap(), &lines, out);
                1 + lines.iter().count() as u64
            }
            Message::Fetch(since, until) => {
                let since = self.room.effective_since(Some(since), None);
                self.room.fetch(since, until);
                1
            }
        }
    }
}

#[test]
fn message_costs_a_bounded_number_of_steps() {
    within(limit(), || {
        check_property(5, &vec(message(), 1..300), |messages| {
            let mut attacked = AttackedRoom::new();
            for message in messages {
                let (before, mut out) = (attacked.room.steps(), Counter::default());
                let shown = format!("{message:.60?}");
                let bound = attacked.handle(message, &mut out) + MAX_CHUNKS as u64;
                let steps = attacked.room.steps() - before;
                assert!(steps <= bound, "{steps} steps, more than {bound}: {shown}");
                // The number of lines that the room sends has the same bound, although the reply to `/help` has four
                // lines.
                assert!(
                    out.0 <= bound,
                    "{} lines, more than {bound}: {shown}",
                    out.0
                );
                attacked.room.release_held();
            }
        });
    });
}
