//! The options of `chat-server`.

pub mod redis_url;
pub mod seconds;

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::server::config::redis_url::RedisUrl;
use crate::server::config::seconds::{Seconds, seconds};
use crate::server::delivery::backlog::WhenBehind;
use crate::server::http::origin::Origin;

/// The maximum number of writer threads: 1,024. Hardly any machine has that many cores.
pub(crate) const MAX_WRITERS: usize = 1024;

/// The maximum number of connections: 4,194,304, the Linux limit on thread ids. Most machines hold fewer connections.
pub const MAX_CONNECTIONS: usize = 1 << 22;

/// The maximum length of a message: 16 MiB. When the header of a frame arrives, tungstenite reserves memory for the
/// whole frame. So every connection can make the server reserve this much with a single header.
pub(crate) const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// The maximum length of the history: 1,048,576 lines. A history takes up at most 1 MiB, and a line at least one byte.
pub(crate) const MAX_HISTORY: usize = 1024 * 1024;

/// The maximum rate limit of a connection: 1,000,000,000 lines per second, which is one per nanosecond.
pub(crate) const MAX_LINES_PER_SECOND: u64 = 1_000_000_000;

/// The maximum backlog of a client: 1 GiB.
pub(crate) const MAX_BACKLOG: usize = 1 << 30;

/// The range of `--history-file-bytes`: from 2 MiB, twice the maximum size of the history, to 1 TiB.
pub(crate) const HISTORY_FILE_BYTES: RangeInclusive<u64> = 2 << 20..=1 << 40;

/// The smallest value that [`max_behind`] returns, for a server with few connections: 64 clients.
pub const MIN_BEHIND: usize = 64;

/// Returns how many clients may be behind at the same time: a tenth of `connections`, but at least [`MIN_BEHIND`].
pub fn max_behind(connections: usize) -> usize {
    (connections / 10).max(MIN_BEHIND)
}

/// The options of a server. `0` disables a limit only if the option's description says so.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// The address to listen on. Port 0 selects a free port
    #[arg(long, value_name = "ADDR", default_value_t = Config::default().listen, value_parser = address)]
    pub listen: SocketAddr,

    /// The number of writer threads, 1 to 1024. Each serves a share of the clients [default: half the cores, at least
    /// 1]
    #[arg(long, value_name = "N", default_value_t = Config::default().writers, hide_default_value = true,
          value_parser = number(1..=MAX_WRITERS))]
    pub writers: usize,

    /// The maximum number of open connections, 1 to 4194304. The server lowers it to what the machine can hold. Any
    /// further connection gets a 503
    #[arg(long, value_name = "N", default_value_t = Config::default().max_connections,
          value_parser = number(1..=MAX_CONNECTIONS))]
    pub max_connections: usize,

    /// The maximum length of a message, 1 to 16777216 (16 MiB). A longer message gets Close 1009 or a 413
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().max_message,
          value_parser = number(1..=MAX_MESSAGE))]
    pub max_message: usize,

    /// The maximum number of lines kept for clients that reconnect, 0 to 1048576. These lines take up at most 1 MiB
    #[arg(long, value_name = "LINES", default_value_t = Config::default().history,
          value_parser = number(0..=MAX_HISTORY))]
    pub history: usize,

    /// Also store the lines in this file. A line is on the disk before any client gets it, so a crash loses no line
    /// that has a receipt. A server that starts with an existing file continues the room in that file
    #[arg(long, value_name = "FILE")]
    pub history_file: Option<PathBuf>,

    /// The size at which the history file is rotated, 2097152 to 1099511627776 (2 MiB to 1 TiB). The file becomes
    /// FILE.1, and a new file begins with the kept lines
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().history_file_bytes,
          value_parser = number(HISTORY_FILE_BYTES), requires = "history_file")]
    pub history_file_bytes: u64,

    /// The maximum number of lines per second from each connection, 1 to 1000000000, or 0 for no limit. A frame counts
    /// as at least one line. The server reads more slowly from a connection over the limit, and drops nothing
    #[arg(long, value_name = "N", default_value_t = Config::default().lines_per_second,
          value_parser = number(0..=MAX_LINES_PER_SECOND))]
    pub lines_per_second: u64,

    /// The maximum number of bytes that wait in the server for a client that is behind, 0 to 1073741824 (1 GiB)
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().backlog,
          value_parser = number(0..=MAX_BACKLOG))]
    pub backlog: usize,

    /// What the server does when a client's backlog is full: disconnect the client with Close 1008, or drop its oldest
    /// waiting lines. In the second case, the client receives a line that says how many lines were dropped
    #[arg(long, value_enum, default_value_t = Config::default().when_behind)]
    pub when_behind: WhenBehind,

    /// The time limit for a request's head, and then for its body. All timeouts are from 0.001 to 86400 seconds (a day)
    #[arg(long, value_name = "S", default_value_t = Config::default().handshake_timeout, value_parser = seconds)]
    pub handshake_timeout: Seconds,

    /// The time after which a silent client is disconnected. After half of this time, a WebSocket client gets a Ping
    #[arg(long, value_name = "S", default_value_t = Config::default().idle_timeout, value_parser = seconds)]
    pub idle_timeout: Seconds,

    /// The time after which a client that accepts no bytes is disconnected
    #[arg(long, value_name = "S", default_value_t = Config::default().write_timeout, value_parser = seconds)]
    pub write_timeout: Seconds,

    /// How long a closing connection waits for the client's Close or the end of its stream
    #[arg(long, value_name = "S", default_value_t = Config::default().close_timeout, value_parser = seconds)]
    pub close_timeout: Seconds,

    /// Another origin whose pages may connect, in addition to the server's own. May be given more than once
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<Origin>,

    /// Log the address of the client behind a proxy: the last address in X-Forwarded-For. Use this option only if
    /// clients cannot bypass the proxy, because any client can send that field
    #[arg(long)]
    pub trust_proxy: bool,

    /// Show each handshake as text and each frame as a line, on stdout
    #[arg(long)]
    pub show_wire: bool,

    /// Share one room with other servers through the Redis at this URL, for example redis://127.0.0.1:6379, or
    /// rediss:// for TLS. All servers of the room need the same --history and --max-message
    #[arg(long, value_name = "URL", conflicts_with = "history_file")]
    pub redis: Option<RedisUrl>,
}

impl Default for Config {
    /// Returns the defaults of the command line.
    fn default() -> Config {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 9001)),
            writers: default_writers(),
            max_connections: 10_000,
            max_message: 16_384,
            history: 1000,
            history_file: None,
            history_file_bytes: 64 * 1024 * 1024,
            lines_per_second: 10_000,
            backlog: 1024 * 1024,
            when_behind: WhenBehind::Disconnect,
            handshake_timeout: Seconds::new(10),
            idle_timeout: Seconds::new(60),
            write_timeout: Seconds::new(10),
            close_timeout: Seconds::new(3),
            allow_origin: Vec::new(),
            trust_proxy: false,
            show_wire: false,
            redis: None,
        }
    }
}

impl Config {
    /// Repeats the command line's checks of ranges and of conflicting options: a library user may set any value.
    ///
    /// # Errors
    /// Fails with a message for the user if options cannot be combined, or if a number is out of range.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.redis.is_some() && self.history_file.is_some() {
            let sentence =
                "redis and history_file cannot be combined: with redis, Redis stores the room";
            return Err(sentence.to_owned());
        }
        check_range("writers", self.writers, 1..=MAX_WRITERS)?;
        check_range("max_connections", self.max_connections, 1..=MAX_CONNECTIONS)?;
        check_range("max_message", self.max_message, 1..=MAX_MESSAGE)?;
        check_range("history", self.history, 0..=MAX_HISTORY)?;
        check_range(
            "history_file_bytes",
            self.history_file_bytes,
            HISTORY_FILE_BYTES,
        )?;
        check_range(
            "lines_per_second",
            self.lines_per_second,
            0..=MAX_LINES_PER_SECOND,
        )?;
        check_range("backlog", self.backlog, 0..=MAX_BACKLOG)
    }
}

fn check_range<T: PartialOrd + fmt::Display>(
    field: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    let (min, max) = (range.start(), range.end());
    Err(format!(
        "{field} is {value}; it must be from {min} to {max}"
    ))
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let expected =
        "expected an address and a port, such as 127.0.0.1:9001, or 0.0.0.0:9001 for all addresses";
    text.parse().map_err(|_| expected)
}

/// Returns a parser for whole numbers in this range.
fn number<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + fmt::Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let (min, max) = (range.start(), range.end());
        number.ok_or_else(|| format!("expected a whole number from {min} to {max}"))
    }
}

fn default_writers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}
