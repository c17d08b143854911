//! The log in Redis: a stream, and a connection to it.
//!
//! All calls block. A call fails if Redis is silent for [`REDIS_TIMEOUT`]. All servers of a room use the stream
//! [`STREAM_KEY`] of the same database, so each room needs its own database (`redis://HOST/1`).

pub mod pages;

use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, Connection, ErrorKind, IntoConnectionInfo, Pipeline, RedisError, Value};

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{LogEntry, RoomEvent, ServerId, Snapshot};
use crate::server::cluster::fields;
use crate::server::cluster::stream::pages::StreamEntry;
use crate::server::config::redis_url::RedisUrl;

/// The key of the stream.
pub const STREAM_KEY: &str = "chat";

/// The time limit for a connect, read or write on the socket to Redis: 5 s. After that, Redis counts as unreachable.
pub const REDIS_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum number of entries in one read: 256.
const PAGE_SIZE: usize = 256;

/// A connection to the log.
pub struct LogStream {
    connection: Connection,
}

impl LogStream {
    /// Connects, with the password and the database of the URL.
    ///
    /// # Errors
    /// Fails if the URL is invalid, or if Redis is unreachable or rejects the connection.
    pub fn connect(url: &RedisUrl) -> Result<LogStream, RedisError> {
        let info = url.as_str().into_connection_info()?;
        let settings = TcpSettings::default().set_nodelay(true);
        let client = Client::open(info.set_tcp_settings(settings))?;
        let connection = client.get_connection_with_timeout(REDIS_TIMEOUT)?;
        connection.set_read_timeout(Some(REDIS_TIMEOUT))?;
        connection.set_write_timeout(Some(REDIS_TIMEOUT))?;
        Ok(LogStream { connection })
    }

    /// Appends entries with one write(2), and returns their ids.
    ///
    /// # Errors
    /// Fails if Redis is unreachable, or if its reply is an error or malformed. Even after a failure, the log may
    /// contain some of the entries.
    pub fn append(&mut self, entries: &[LogEntry]) -> Result<Vec<EntryId>, RedisError> {
        let mut pipeline = redis::pipe();
        for entry in entries {
            let command = pipeline.cmd("XADD").arg(STREAM_KEY);
            if let RoomEvent::Snapshot(snapshot) = &entry.event {
                if let Some(first) = snapshot.trim {
                    command.arg("MINID").arg("=").arg(first.to_string());
                }
            }
            command.arg("*");
            for (field, value) in fields::encode(entry) {
                command.arg(field).arg(value);
            }
        }
        let answers = self.query(&pipeline, entries.len())?;
        answers.into_iter().map(entry_id).collect()
    }

    /// Reads the first page of entries after a position, and the id of the log's oldest entry. With `wait`, waits at
    /// most that long for an entry.
    ///
    /// # Errors
    /// Fails if Redis is unreachable, or if its reply is an error or malformed.
    pub fn read(
        &mut self,
        after: EntryId,
        wait: Option<Duration>,
    ) -> Result<(Vec<StreamEntry>, Option<EntryId>), RedisError> {
        let mut commands = redis::pipe();
        let command = commands.cmd("XREAD").arg("COUNT").arg(PAGE_SIZE);
        if let Some(wait) = wait {
            command.arg("BLOCK").arg(wait.as_millis() as u64);
        }
        command
            .arg("STREAMS")
            .arg(STREAM_KEY)
            .arg(after.to_string());
        commands
            .cmd("XRANGE")
            .arg(STREAM_KEY)
            .arg("-")
            .arg("+")
            .arg("COUNT")
            .arg(1);
        let mut answers = self.query(&commands, 2)?.into_iter();
        let (read, oldest) = (answers.next(), answers.next());
        let oldest = pages::page(oldest)?.first().map(|(id, _)| *id);
        Ok((pages::stream(read)?, oldest))
    }

    /// Returns the id of the oldest entry, or `None` if the log is empty.
    ///
    /// # Errors
    /// Fails if Redis is unreachable, or if its reply is an error or malformed.
    pub fn oldest(&mut self) -> Result<Option<EntryId>, RedisError> {
        let oldest = self.range("XRANGE", "-", "+", 1)?;
        Ok(oldest.first().map(|(id, _)| *id))
    }

    /// Returns whether the log has this entry.
    ///
    /// # Errors
    /// Fails if Redis is unreachable, or if its reply is an error or malformed.
    pub fn has(&mut self, id: EntryId) -> Result<bool, RedisError> {
        let id = id.to_string();
        Ok(!self.range("XRANGE", &id, &id, 1)?.is_empty())
    }

    /// Returns the last snapshot for which the log has all later entries, or `None` if there is none.
    ///
    /// # Errors
    /// Fails if Redis is unreachable, or if its reply is an error or malformed.
    pub fn last_snapshot(&mut self) -> Result<Option<Snapshot>, RedisError> {
        let Some(oldest) = self.oldest()? else {
            return Ok(None);
        };
        let mut end = "+".to_owned();
        loop {
            let page = self.range("XREVRANGE", &end, "-", PAGE_SIZE)?;
            let Some((last, _)) = page.last() else {
                return Ok(None);
            };
            end = format!("({last}");
            for (_, entry) in page {
                match entry.map(|entry| entry.event) {
                    Some(RoomEvent::Snapshot(snapshot)) if snapshot.position >= oldest => {
                        return Ok(Some(snapshot));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Returns the number of a server's last entry after a position, or `None` if there is no such entry.
    ///
    /// # Errors
    /// Fails if Redis is unreachable, or if its reply is an error or malformed.
    pub fn last_number(
        &mut self,
        server: ServerId,
        mut after: EntryId,
    ) -> Result<Option<u64>, RedisError> {
        let mut last = None;
        loop {
            let page = self.range("XRANGE", &format!("({after}"), "+", PAGE_SIZE)?;
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
    ) -> Result<Vec<StreamEntry>, RedisError> {
        let mut commands = redis::pipe();
        commands
            .cmd(command)
            .arg(STREAM_KEY)
            .arg(from)
            .arg(to)
            .arg("COUNT")
            .arg(count);
        let answers = self.query(&commands, 1)?;
        pages::page(answers.into_iter().next())
    }

    /// Sends all commands with one write, and reads their replies one by one.
    ///
    /// Stops at the first reply that does not arrive or is an error. The `query` of the crate `redis` would wait for
    /// each later reply in turn.
    fn query(&mut self, commands: &Pipeline, count: usize) -> Result<Vec<Value>, RedisError> {
        let packed = commands.get_packed_pipeline();
        self.connection.send_packed_command(&packed)?;
        (0..count)
            .map(|_| self.connection.recv_response()?.extract_error())
            .collect()
    }
}

/// Parses a reply that is an id.
fn entry_id(value: Value) -> Result<EntryId, RedisError> {
    let text: String = redis::from_redis_value(value)?;
    EntryId::parse(&text).ok_or_else(|| unexpected("a malformed entry id"))
}

fn unexpected(what: &'static str) -> RedisError {
    (ErrorKind::UnexpectedReturnType, what).into()
}
