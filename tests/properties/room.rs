//! The room, compared with a simple model of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use blocking_chat::base::gap;
use blocking_chat::base::id::ClientId;
use blocking_chat::base::line::{Lines, number};
use blocking_chat::base::name::Name;
use blocking_chat::server::room::Room;
use blocking_chat::server::room::join::JoinRequest;
use blocking_chat::server::room::output::RoomOutput;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::room_model::{Joined, Model, Request, Said, SentLine};
use crate::runner::{check_property, limit};
use crate::support::watchdog::within;

const ID: &str = "5f3a09c1";

/// An event in the room. The number `client` identifies a client, which may join, leave, and rejoin with another id.
#[derive(Clone, Debug)]
enum Event {
    Join {
        client: usize,
        request: Request,
        resumes: bool,
    },
    Leave {
        client: usize,
    },
    Say {
        client: usize,
        lines: Vec<Said>,
    },
    Post {
        name: String,
        texts: Vec<String>,
    },
    Fetch {
        since: u64,
        until: u64,
    },
    ReleaseHeld,
    Wait {
        milliseconds: u64,
    },
}

/// Generates names that collide with each other, even after the room has numbered and shortened them.
fn name() -> impl Strategy<Value = String> {
    let stems = [
        "a", "A", "ben", "guest", "a-2", "a-3", "a-9", "a-10", "guest-1", "guest-3",
    ];
    prop_oneof![
        4 => select(stems.map(str::to_owned).to_vec()),
        1 => (28_usize..=32, select(vec!["", "-2", "-3"]))
            .prop_map(|(length, end)| format!("{}{end}", "x".repeat(length - end.len()))),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-z:*][a-z :*0-9]{0,9}",
        1 => (1_usize..200_000).prop_map(|length| "y".repeat(length)),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        6 => text().prop_map(Said::Text),
        2 => "/[a-z]{0,9}".prop_map(Said::Text),
        2 => name().prop_map(Said::Nick),
        1 => Just(Said::Who),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let key = option::of(select(vec!["k".to_owned(), "l".to_owned()]));
    let room = option::of(prop_oneof![3 => Just(ID.to_owned()), 1 => Just("00000000".to_owned())]);
    let since = option::of(prop_oneof![8 => 0_u64..120, 1 => Just(u64::MAX)]);
    (option::weighted(0.9, name()), key, since, room).prop_map(|(name, key, since, room)| Request {
        name,
        key,
        since,
        room,
    })
}

fn event() -> impl Strategy<Value = Event> {
    let client = 0_usize..12;
    prop_oneof![
        6 => (client.clone(), request(), any::<bool>())
            .prop_map(|(client, request, resumes)| Event::Join { client, request, resumes }),
        3 => client.clone().prop_map(|client| Event::Leave { client }),
        6 => (client, vec(said(), 1..8)).prop_map(|(client, lines)| Event::Say { client, lines }),
        1 => (name(), vec(text(), 1..5)).prop_map(|(name, texts)| Event::Post { name, texts }),
        1 => (0_u64..90, prop_oneof![0_u64..90, Just(u64::MAX)])
            .prop_map(|(since, until)| Event::Fetch { since, until }),
        2 => Just(Event::ReleaseHeld),
        2 => select(vec![1_u64, 500, 999, 1000]).prop_map(|milliseconds| Event::Wait { milliseconds }),
    ]
}

#[derive(Default)]
struct Recorder(Vec<SentLine>);

impl RoomOutput for Recorder {
    fn to_all(&mut self, line: &str) {
        self.0.push(SentLine::All(line.to_owned()));
    }

    fn to_one(&mut self, id: ClientId, line: &str) {
        self.0.push(SentLine::One(id, line.to_owned()));
    }
}

/// The room, its model, and what the clients have received.
struct RoomAndModel {
    room: Room,
    model: Model,
    begin: Instant,
    next_id: ClientId,
    /// The current id of each client that is a member.
    ids: BTreeMap<usize, ClientId>,
    /// The number of the newest line that each client has received.
    seen: BTreeMap<usize, u64>,
}

impl RoomAndModel {
    fn new(max_kept: usize) -> RoomAndModel {
        RoomAndModel {
            room: Room::new(ID.into(), max_kept),
            model: Model::new(ID, max_kept),
            begin: Instant::now(),
            next_id: 0,
            ids: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Applies an event to the room and the model. Asserts that their outputs are equal.
    fn apply(&mut self, event: Event) {
        let mut out = Recorder::default();
        let now = self.begin + Duration::from_millis(self.model.now);
        match event {
            Event::Join {
                client,
                request,
                resumes,
            } => {
                // A client that has joined before may request the lines after its newest number. If its name and key
                // are those of a member, it replaces that member.
                let request = match self.seen.get(&client) {
                    Some(seen) if resumes => Request {
                        since: Some(*seen),
                        room: Some(ID.to_owned()),
                        ..request
                    },
                    _ => request,
                };
                self.join(client, request, now, &mut out);
            }
            Event::Leave { client } => {
                if let Some(id) = self.ids.remove(&client) {
                    self.room.leave(id, now, &mut out);
                    self.model.leave(id);
                }
            }
            Event::Say { client, lines } => {
                // A client that is not a member may still send if its connection has not ended yet.
                let id = self.ids.get(&client).copied().unwrap_or(ClientId::MAX);
                let texts: Vec<String> = lines.iter().map(as_typed).collect();
                self.room
                    .say(id, &Lines::parse(&texts.join("\n")).unwrap(), &mut out);
                self.model.say(id, &lines);
            }
            Event::Post { name, texts } => {
                let lines = Lines::parse(&texts.join("\n")).unwrap();
                let posted = self
                    .room
                    .post(&Name::parse(&name).unwrap(), &lines, &mut out);
                let posted = posted.map(|lines| lines.iter().map(str::to_owned).collect());
                assert_eq!(posted, self.model.post(&name, &texts));
            }
            Event::Fetch { since, until } => {
                let fetched = self.room.fetch(since, until);
                assert_eq!(
                    fetched.iter().collect::<Vec<_>>(),
                    self.model.kept(since, until)
                );
            }
            Event::ReleaseHeld => self.room.release_held(),
            Event::Wait { milliseconds } => self.model.now += milliseconds,
        }
        assert_eq!(out.0, std::mem::take(&mut self.model.sent));
        self.receive(&out.0);
    }

    fn join(&mut self, client: usize, request: Request, now: Instant, out: &mut Recorder) {
        let id = self.next_id;
        self.next_id += 1;
        let expected = self.model.join(id, &request);
        let wanted = request.since;
        let joined = self.room.join(
            id,
            JoinRequest {
                name: request.name.map(|name| Name::parse(&name).unwrap()),
                since: request.since,
                room: request.room,
                key: request.key,
            },
            now,
            out,
        );
        let past: Vec<String> = joined.earlier_lines.iter().map(str::to_owned).collect();
        if let Some(since) = wanted {
            assert_continuous(since, &joined.greeting, &past, self.newest_before(out));
        }
        let joined = Joined {
            greeting: joined.greeting,
            past,
            replaced: joined.replaced,
        };
        assert_eq!(joined, expected);
        if let Some(replaced) = joined.replaced {
            self.ids.retain(|_, id| *id != replaced);
        }
        self.ids.insert(client, id);
        self.seen.insert(client, self.newest_before(out));
    }

    fn newest_before(&self, out: &Recorder) -> u64 {
        self.model.newest() - out.0.len() as u64
    }

    /// Records that all members receive the public lines of `sent`. Checks that no member misses a number or receives
    /// one twice.
    fn receive(&mut self, sent: &[SentLine]) {
        for line in sent {
            if let SentLine::All(line) = line {
                for client in self.ids.keys() {
                    let seen = self.seen.get_mut(client).unwrap();
                    assert_eq!(number(line), Some(*seen + 1));
                    *seen += 1;
                }
            }
        }
    }
}

/// Asserts that the gap in `greeting` and the lines in `past` cover each number after `since` up to `newest` exactly
/// once. If the greeting says that this is another room, checks only `past`.
fn assert_continuous(since: u64, greeting: &[String], past: &[String], newest: u64) {
    let numbers: Vec<u64> = past.iter().map(|line| number(line).unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a + 1 == *b), "{numbers:?}");
    let is_other = greeting.iter().any(|line| line == "* this is another room");
    let gone: u64 = greeting.iter().filter_map(|line| gap::parse(line)).sum();
    if !is_other {
        assert_eq!(since + gone + numbers.len() as u64, newest);
    }
    assert!(numbers.last().is_none_or(|last| *last == newest));
}

fn as_typed(said: &Said) -> String {
    match said {
        Said::Text(text) if text.starts_with('/') => format!("/{text}"),
        Said::Text(text) => text.clone(),
        Said::Nick(name) => format!("/nick {name}"),
        Said::Who => "/who".to_owned(),
    }
}

#[test]
fn room_behaves_like_its_model() {
    let max_kept = prop_oneof![4 => 0_usize..40, 1 => Just(1000)];
    within(limit(), || {
        check_property(
            60,
            &(max_kept, vec(event(), 1..120)),
            |(max_kept, events)| {
                let mut both = RoomAndModel::new(max_kept);
                for event in events {
                    both.apply(event);
                }
            },
        );
    });
}

/// Notices and `/who` behave differently with more than 100 members.
#[test]
fn crowded_room_behaves_like_its_model() {
    let crowd = 90_usize..110;
    within(limit(), || {
        check_property(6, &(crowd, vec(event(), 1..60)), |(crowd, events)| {
            let mut both = RoomAndModel::new(10);
            for client in 0..crowd {
                let request = Request {
                    name: None,
                    key: None,
                    since: None,
                    room: None,
                };
                both.apply(Event::Join {
                    client: 1000 + client,
                    request,
                    resumes: false,
                });
                both.apply(Event::Wait { milliseconds: 60 });
            }
            for event in events {
                both.apply(event);
            }
        });
    });
}
