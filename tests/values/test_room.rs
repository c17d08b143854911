//! A room without a server. The test controls the room's clock and sees which clients receive each line.

use std::time::{Duration, Instant};

use blocking_chat::base::id::ClientId;
use blocking_chat::base::line::Lines;
use blocking_chat::base::name::Name;
use blocking_chat::server::room::Room;
use blocking_chat::server::room::join::JoinRequest;
use blocking_chat::server::room::output::RoomOutput;

/// The id of every room here.
pub const ID: &str = "5f3a09c1";

/// A line from the room, and its recipients.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SentLine {
    All(String),
    One(ClientId, String),
}

/// Returns a line that everyone receives.
pub fn all(line: &str) -> SentLine {
    SentLine::All(line.to_owned())
}

/// Returns a line that only this client receives.
pub fn one(id: ClientId, line: &str) -> SentLine {
    SentLine::One(id, line.to_owned())
}

/// Records the room's output.
#[derive(Default)]
pub struct Recorder(pub Vec<SentLine>);

impl RoomOutput for Recorder {
    fn to_all(&mut self, line: &str) {
        self.0.push(all(line));
    }

    fn to_one(&mut self, id: ClientId, line: &str) {
        self.0.push(one(id, line));
    }
}

/// The outcome of a join: the new member's greeting and earlier lines, the client that it replaced (if any), and the
/// lines that the room sent.
pub struct JoinResult {
    pub greeting: Vec<String>,
    pub replaced: Option<ClientId>,
    pub sent: Vec<SentLine>,
}

/// A room and its clock.
pub struct TestRoom {
    room: Room,
    now: Instant,
}

impl TestRoom {
    /// Returns an empty room that keeps at most `kept_lines` lines.
    pub fn new(kept_lines: usize) -> TestRoom {
        TestRoom {
            room: Room::new(ID.into(), kept_lines),
            now: Instant::now(),
        }
    }

    /// Returns a room with these members. Their ids start at 1.
    pub fn with(names: &[&str]) -> TestRoom {
        let mut room = TestRoom::new(1000);
        for (id, name) in (1..).zip(names) {
            room.join(id, name);
        }
        room
    }

    pub fn let_time_pass(&mut self, span: Duration) {
        self.now += span;
    }

    pub fn join(&mut self, id: ClientId, name: &str) -> JoinResult {
        self.join_with(id, join_as(name))
    }

    pub fn join_with(&mut self, id: ClientId, request: JoinRequest) -> JoinResult {
        let mut out = Recorder::default();
        let joined = self.room.join(id, request, self.now, &mut out);
        JoinResult {
            greeting: joined
                .greeting
                .into_iter()
                .chain(joined.earlier_lines.iter().map(str::to_owned))
                .collect(),
            replaced: joined.replaced,
            sent: out.0,
        }
    }

    pub fn say(&mut self, id: ClientId, text: &str) -> Vec<SentLine> {
        let mut out = Recorder::default();
        self.room.say(id, &Lines::parse(text).unwrap(), &mut out);
        out.0
    }

    pub fn leave(&mut self, id: ClientId) -> Vec<SentLine> {
        let mut out = Recorder::default();
        self.room.leave(id, self.now, &mut out);
        out.0
    }
}

/// Returns a request to join under this name.
pub fn join_as(name: &str) -> JoinRequest {
    JoinRequest {
        name: Some(Name::parse(name).unwrap()),
        ..JoinRequest::default()
    }
}
