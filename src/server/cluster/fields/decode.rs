//! Parses the fields of entries.
//!
//! A server must not panic on anything in Redis, and all servers must treat an entry in the same way. So every server
//! ignores a malformed entry.

use crate::base::line::{self, Lines};
use crate::base::name::Name;
use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{LogEntry, RoomEvent, ServerId, Snapshot, Start};
use crate::server::room::join::JoinRequest;

/// Parses an entry from its fields. Returns `None` if the entry is malformed.
pub fn decode(fields: &[(String, String)]) -> Option<LogEntry> {
    let fields = Fields(fields);
    let (server, number) = fields.get("by")?.split_once(':')?;
    Some(LogEntry {
        server: server_id(server)?,
        number: line::decimal(number)?,
        event: fields.event()?,
    })
}

/// Parses the id of a run of a server. Returns `None` unless `text` is 16 hex digits.
pub fn server_id(text: &str) -> Option<ServerId> {
    let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u64::from_str_radix(text, 16).ok()?;
    is_hex.then_some(ServerId(number))
}

/// Checks a key or the id of a room. Returns `None` unless it is 1 to 64 characters of `A-Za-z0-9_-`. Such text is a
/// single word in a [snapshot](crate::server::cluster::snapshot).
fn word(text: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_word = (1..=64).contains(&text.len()) && text.bytes().all(is_allowed);
    is_word.then(|| text.to_owned())
}

struct Fields<'a>(&'a [(String, String)]);

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(known, _)| known == name)?;
        Some(&field.1)
    }

    fn client(&self) -> Option<u64> {
        line::decimal(self.get("client")?)
    }

    fn event(&self) -> Option<RoomEvent> {
        let (kind, value) = self.0.last()?;
        match kind.as_str() {
            "start" => self.start(value).map(RoomEvent::Start),
            "alive" => Some(RoomEvent::Alive),
            "stop" => Some(RoomEvent::Stop),
            "snapshot" => Some(RoomEvent::Snapshot(Snapshot {
                position: EntryId::parse(self.get("until")?)?,
                trim: None,
                text: value.clone(),
            })),
            "join" => Some(RoomEvent::Join {
                client: self.client()?,
                request: self.join_request(value)?,
            }),
            "leave" => line::decimal(value).map(RoomEvent::Leave),
            "say" => Some(RoomEvent::Say {
                client: self.client()?,
                lines: Lines::parse(value).ok()?,
            }),
            "post" => Some(RoomEvent::Post {
                client: self.client()?,
                name: Name::parse(self.get("name")?).ok()?,
                lines: Lines::parse(value).ok()?,
            }),
            _ => None,
        }
    }

    fn join_request(&self, name: &str) -> Option<JoinRequest> {
        let name = match name {
            "" => None,
            name => Some(Name::parse(name).ok()?),
        };
        let key = match self.get("key") {
            Some(key) => Some(word(key)?),
            None => None,
        };
        Some(JoinRequest {
            name,
            key,
            ..JoinRequest::default()
        })
    }

    fn start(&self, value: &str) -> Option<Start> {
        let replaces = match self.get("replaces") {
            Some(server) => Some(server_id(server)?),
            None => None,
        };
        Some(Start {
            room: word(self.get("room")?)?,
            options: value.to_owned(),
            replaces,
            ends: self.get("ends").map(str::to_owned),
        })
    }
}
