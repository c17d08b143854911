//! A replica as text: one fact per line, and then the lines of the room.
//!
//! ```text
//! options version=1 history=1000 max-message=16384
//! position 1700000000000-3
//! clock 1700000000000 42000
//! slots 3
//! since 1699999990000-0 120 9400
//! server 9f3a6c2210d4e7b5 2 18 41000
//! room 5f3a09c1 7 1043
//! notice 41500
//! member 2199023255553 announced anna secret
//! lines
//! 1042 anna: hello
//! 1043 ben: hi
//! ```

use std::fmt::Write as _;
use std::str::SplitWhitespace;
use std::time::{Duration, Instant};

use crate::base::line;
use crate::base::name::Name;
use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::RoomOptions;
use crate::server::cluster::fields::decode::server_id;
use crate::server::cluster::replica::{Replica, SinceSnapshot};
use crate::server::cluster::servers::{MAX_SLOT, ServerRecord, Servers, Slot};
use crate::server::cluster::stream_time::StreamTime;
use crate::server::room::Room;
use crate::server::room::setup::state::{MemberState, RoomState};

/// The highest number that a snapshot may contain. No room reaches it, and counting up from it cannot overflow.
const MAX_NUMBER: u64 = u64::MAX / 2;

impl Replica {
    /// Returns the replica as text. Equal replicas have equal texts.
    pub fn to_text(&self) -> String {
        let RoomState {
            id,
            guests,
            members,
            notices,
            newest,
            lines,
        } = self.room.state(self.start);
        let mut text = self.facts();
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(text, "room {id} {guests} {newest}");
        for notice in notices {
            let _ = writeln!(text, "notice {}", notice.as_millis());
        }
        for member in members {
            let announced = match member.is_announced {
                true => "announced",
                false => "silent",
            };
            let key = member.key.unwrap_or_default();
            let _ = writeln!(
                text,
                "member {} {announced} {} {key}",
                member.id, member.name
            );
        }
        text.push_str("lines\n");
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// Returns the facts as text, without those about the room itself.
    fn facts(&self) -> String {
        let (time, since) = (self.time, self.since_snapshot);
        let mut text = format!(
            "options {}\nposition {}\nclock {} {}\nslots {}\nsince {} {} {}\n",
            self.options,
            self.position,
            time.redis,
            time.elapsed,
            self.servers.next_slot,
            since.snapshot_position,
            since.entries,
            since.bytes
        );
        for (
            server,
            ServerRecord {
                slot,
                next_number,
                last_entry_at,
            },
        ) in &self.servers.records
        {
            let _ = writeln!(
                text,
                "server {server} {} {next_number} {last_entry_at}",
                slot.0
            );
        }
        text
    }

    /// Parses a replica. Returns `None` if the text is malformed, or its options differ from `options`.
    pub fn from_text(text: &str, options: RoomOptions) -> Option<Replica> {
        if text_options(text)? != options.to_string() {
            return None;
        }
        let (facts, lines) = text.split_once("\nlines\n")?;
        let mut read = PartialReplica::default();
        for fact in facts.lines() {
            let (kind, values) = fact.split_once(' ')?;
            read.fact(kind, values.split_whitespace())?;
        }
        read.room.lines = lines.lines().map(str::to_owned).collect();
        let start = Instant::now();
        Some(Replica {
            room: Room::from_state(read.room, options.history, start),
            options,
            servers: read.servers,
            time: read.time,
            start,
            position: read.position,
            since_snapshot: read.since,
        })
    }
}

/// Returns the options in the text of a replica, or `None` if the text does not begin with options.
pub fn text_options(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("options ")
}

/// The facts that have been parsed so far.
#[derive(Default)]
struct PartialReplica {
    position: EntryId,
    time: StreamTime,
    since: SinceSnapshot,
    servers: Servers,
    room: RoomState,
}

impl PartialReplica {
    fn fact(&mut self, kind: &str, mut values: SplitWhitespace<'_>) -> Option<()> {
        let values = &mut values;
        match kind {
            "options" => {}
            "position" => self.position = EntryId::parse(values.next()?)?,
            "clock" => {
                self.time = StreamTime {
                    redis: number(values)?,
                    elapsed: number(values)?,
                }
            }
            "slots" => self.servers.next_slot = number(values)?.min(MAX_SLOT + 1),
            "since" => {
                self.since = SinceSnapshot {
                    snapshot_position: EntryId::parse(values.next()?)?,
                    entries: number(values)?,
                    bytes: number(values)?,
                }
            }
            "server" => {
                let server = server_id(values.next()?)?;
                let record = ServerRecord {
                    slot: Slot(number(values)?.min(MAX_SLOT)),
                    next_number: number(values)?,
                    last_entry_at: number(values)?,
                };
                self.servers.records.insert(server, record);
            }
            "room" => {
                self.room.id = values.next()?.to_owned();
                (self.room.guests, self.room.newest) = (number(values)?, number(values)?);
            }
            "notice" => self
                .room
                .notices
                .push(Duration::from_millis(number(values)?)),
            "member" => self.room.members.push(member(values)?),
            _ => return None,
        }
        Some(())
    }
}

fn member(values: &mut SplitWhitespace<'_>) -> Option<MemberState> {
    Some(MemberState {
        id: number(values)?,
        is_announced: values.next()? == "announced",
        name: Name::parse(values.next()?).ok()?,
        key: values.next().map(str::to_owned),
    })
}

/// Parses the next value as a number. Returns `None` if the value is missing, malformed, or over [`MAX_NUMBER`].
fn number(values: &mut SplitWhitespace<'_>) -> Option<u64> {
    line::decimal(values.next()?).filter(|number| *number <= MAX_NUMBER)
}
