//! Parses the entries in a reply from Redis.

use redis::{RedisError, Value};

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::LogEntry;
use crate::server::cluster::fields::decode::decode;
use crate::server::cluster::stream::entry_id;

/// An entry of the log with its id. The entry is `None` if it is malformed.
pub type StreamEntry = (EntryId, Option<LogEntry>);

/// The id of an entry, and the name and the value of each of its fields in turn.
type RawEntry = (Value, Vec<Vec<u8>>);

/// Parses the reply to XRANGE or XREVRANGE.
pub(super) fn page(answer: Option<Value>) -> Result<Vec<StreamEntry>, RedisError> {
    let entries: Vec<RawEntry> = redis::from_redis_value(answer.unwrap_or(Value::Nil))?;
    entries.into_iter().map(stream_entry).collect()
}

/// Parses the reply to XREAD, which contains at most one stream.
pub(super) fn stream(answer: Option<Value>) -> Result<Vec<StreamEntry>, RedisError> {
    let streams: Option<Vec<(String, Vec<RawEntry>)>> =
        redis::from_redis_value(answer.unwrap_or(Value::Nil))?;
    let entries = streams.unwrap_or_default().into_iter();
    let entries = entries.flat_map(|(_, entries)| entries);
    entries.map(stream_entry).collect()
}

fn stream_entry((id, texts): RawEntry) -> Result<StreamEntry, RedisError> {
    let texts: Option<Vec<String>> = texts
        .into_iter()
        .map(|text| String::from_utf8(text).ok())
        .collect();
    let fields = texts.map(|texts| {
        let pairs = texts.chunks_exact(2);
        pairs
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect::<Vec<_>>()
    });
    let entry = fields.and_then(|fields| decode(&fields));
    Ok((entry_id(id)?, entry))
}
