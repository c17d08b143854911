//! How the log is read.

use std::time::Duration;

use redis::{RedisError, Value};

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{Entry, Event, ServerId, Snapshot};
use crate::server::cluster::fields::decode::decode;
use crate::server::cluster::stream::{KEY, LogStream, entry_id};

/// The maximum number of entries in one read: 256.
const PAGE: usize = 256;

/// An entry of the log with its id. The entry is `None` if it is malformed.
pub type LoggedEntry = (EntryId, Option<Entry>);

/// The id of an entry, and its fields and values in alternation.
type RawEntry = (Value, Vec<Vec<u8>>);

impl LogStream {
    /// Reads the entries after a position, and the id of the log's oldest entry. If no entry follows, it waits for at
    /// most `wait`.
    ///
    /// # Errors
    /// Fails if Redis is unreachable.
    pub fn read(
        &mut self,
        after: EntryId,
        wait: Option<Duration>,
    ) -> Result<(Vec<LoggedEntry>, Option<EntryId>), RedisError> {
        let mut commands = redis::pipe();
        let command = commands.cmd("XREAD").arg("COUNT").arg(PAGE);
        if let Some(wait) = wait {
            command.arg("BLOCK").arg(wait.as_millis() as u64);
        }
        command.arg("STREAMS").arg(KEY).arg(after.to_string());
        commands
            .cmd("XRANGE")
            .arg(KEY)
            .arg("-")
            .arg("+")
            .arg("COUNT")
            .arg(1);
        let mut answers = self.query(&commands, 2)?.into_iter();
        let (read, oldest) = (answers.next(), answers.next());
        let streams: Option<Vec<(String, Vec<RawEntry>)>> =
            redis::from_redis_value(read.unwrap_or(Value::Nil))?;
        let entries = streams.unwrap_or_default().into_iter();
        let entries = entries.flat_map(|(_, entries)| entries);
        let entries = entries.map(logged).collect::<Result<_, _>>()?;
        let oldest = page(oldest)?.first().map(|(id, _)| *id);
        Ok((entries, oldest))
    }

    /// Returns the oldest entry, or `None` if the log is empty.
    ///
    /// # Errors
    /// Fails if Redis is unreachable.
    pub fn oldest(&mut self) -> Result<Option<EntryId>, RedisError> {
        let oldest = self.range("XRANGE", "-", "+", 1)?;
        Ok(oldest.first().map(|(id, _)| *id))
    }

    /// Returns whether the log has this entry.
    ///
    /// # Errors
    /// Fails if Redis is unreachable.
    pub fn has(&mut self, id: EntryId) -> Result<bool, RedisError> {
        let id = id.to_string();
        Ok(!self.range("XRANGE", &id, &id, 1)?.is_empty())
    }

    /// Returns the last snapshot after which no entry is missing from the log, if there is one.
    ///
    /// # Errors
    /// Fails if Redis is unreachable.
    pub fn last_snapshot(&mut self) -> Result<Option<Snapshot>, RedisError> {
        let Some(oldest) = self.oldest()? else {
            return Ok(None);
        };
        let mut end = "+".to_owned();
        loop {
            let page = self.range("XREVRANGE", &end, "-", PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(None);
            };
            end = format!("({last}");
            for (_, entry) in page {
                match entry.map(|entry| entry.event) {
                    Some(Event::Snapshot(snapshot)) if snapshot.until >= oldest => {
                        return Ok(Some(snapshot));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Returns the number of a server's last entry after a position, if there is one.
    ///
    /// # Errors
    /// Fails if Redis is unreachable.
    pub fn last_number(
        &mut self,
        server: ServerId,
        mut after: EntryId,
    ) -> Result<Option<u64>, RedisError> {
        let mut last = None;
        loop {
            let page = self.range("XRANGE", &format!("({after}"), "+", PAGE)?;
            let Some((end, _)) = page.last() else {
                return Ok(last);
            };
            after = *end;
            let own = page.iter().filter_map(|(_, entry)| entry.as_ref());
            let own = own.filter(|entry| entry.server == server);
            last = last.max(own.map(|entry| entry.number).max());
        }
    }

    fn range(
        &mut self,
        command: &str,
        from: &str,
        to: &str,
        count: usize,
    ) -> Result<Vec<LoggedEntry>, RedisError> {
        let mut commands = redis::pipe();
        commands
            .cmd(command)
            .arg(KEY)
            .arg(from)
            .arg(to)
            .arg("COUNT")
            .arg(count);
        let answers = self.query(&commands, 1)?;
        page(answers.into_iter().next())
    }
}

fn page(answer: Option<Value>) -> Result<Vec<LoggedEntry>, RedisError> {
    let entries: Vec<RawEntry> = redis::from_redis_value(answer.unwrap_or(Value::Nil))?;
    entries.into_iter().map(logged).collect()
}

fn logged((id, texts): RawEntry) -> Result<LoggedEntry, RedisError> {
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
