//! Encodes each log entry as the fields of one Redis stream entry, readable with `redis-cli XRANGE`.
//!
//! ```text
//! by 9f3a6c2210d4e7b5:17  client 4  say hello
//! ```
//!
//! `by` holds the id of the server's run and the number of the entry. The last field names the event.

pub mod decode;

use crate::base::line::Lines;
use crate::server::cluster::event::{LogEntry, RoomEvent, Start};

/// Returns the fields of an entry and their values.
pub fn encode(entry: &LogEntry) -> Vec<(&'static str, String)> {
    let mut fields = vec![("by", format!("{}:{}", entry.server, entry.number))];
    match &entry.event {
        RoomEvent::Start(start) => encode_start(start, &mut fields),
        RoomEvent::Alive => fields.push(("alive", String::new())),
        RoomEvent::Stop => fields.push(("stop", String::new())),
        RoomEvent::Snapshot(snapshot) => {
            fields.push(("until", snapshot.position.to_string()));
            fields.push(("snapshot", snapshot.text.clone()));
        }
        RoomEvent::Join { client, request } => {
            fields.push(("client", client.to_string()));
            if let Some(key) = &request.key {
                fields.push(("key", key.clone()));
            }
            let name = request.name.as_ref().map(ToString::to_string);
            fields.push(("join", name.unwrap_or_default()));
        }
        RoomEvent::Leave(client) => fields.push(("leave", client.to_string())),
        RoomEvent::Say { client, lines } => {
            fields.push(("client", client.to_string()));
            fields.push(("say", text(lines)));
        }
        RoomEvent::Post {
            client,
            name,
            lines,
        } => {
            fields.push(("client", client.to_string()));
            fields.push(("name", name.to_string()));
            fields.push(("post", text(lines)));
        }
    }
    fields
}

fn encode_start(start: &Start, fields: &mut Vec<(&'static str, String)>) {
    fields.push(("room", start.room.clone()));
    if let Some(server) = start.replaces {
        fields.push(("replaces", server.to_string()));
    }
    if let Some(room) = &start.ends {
        fields.push(("ends", room.clone()));
    }
    fields.push(("start", start.options.clone()));
}

fn text(lines: &Lines) -> String {
    lines.iter().collect::<Vec<_>>().join("\n")
}
