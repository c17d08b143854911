//! The log in Redis: a stream, and a connection to it.
//!
//! All calls block. A call fails if Redis is silent for [`PATIENCE`]. Every server of a room uses the stream [`KEY`] of
//! the same database, so several rooms need several databases (`redis://HOST/1`).

pub mod pages;

use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, Connection, ErrorKind, IntoConnectionInfo, Pipeline, RedisError, Value};

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{Entry, Event};
use crate::server::cluster::fields;
use crate::server::config::redis_url::RedisUrl;

/// The key of the stream.
pub const KEY: &str = "chat";

/// How long Redis may take to answer: 5 s. After that, it counts as unreachable.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to the log.
pub struct LogStream {
    connection: Connection,
}

impl LogStream {
    /// Connects, with the password and the database of the URL.
    ///
    /// # Errors
    /// Fails if Redis is unreachable, or rejects this server.
    pub fn connect(url: &RedisUrl) -> Result<LogStream, RedisError> {
        let info = url.as_str().into_connection_info()?;
        let settings = TcpSettings::default().set_nodelay(true);
        let client = Client::open(info.set_tcp_settings(settings))?;
        let connection = client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        Ok(LogStream { connection })
    }

    /// Appends entries with one write(2), and returns their ids.
    ///
    /// # Errors
    /// Fails if Redis is unreachable. Some of the entries may have arrived nevertheless, because a reply can be lost
    /// too.
    pub fn append(&mut self, entries: &[Entry]) -> Result<Vec<EntryId>, RedisError> {
        let mut pipeline = redis::pipe();
        for entry in entries {
            let command = pipeline.cmd("XADD").arg(KEY);
            if let Event::Snapshot(snapshot) = &entry.event {
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

    /// Sends all commands with one write, and reads their replies one by one.
    ///
    /// The first missing reply ends the wait. The crate's own `query` would wait for each of the remaining replies in
    /// turn.
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
