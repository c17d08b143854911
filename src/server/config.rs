//! What a server may be told at its start: the options of `chat-server`.

pub mod seconds;

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::Args;

use crate::server::config::seconds::{Seconds, seconds};

use crate::server::delivery::queue::WhenBehind;
use crate::server::http::origin::Origin;

/// How many writer threads there may be: 1,024, far beyond any number of cores.
pub const MAX_WRITERS: usize = 1024;

/// How many connections there may be: 4,194,304, as many as Linux has numbers for threads. The machine may hold fewer.
pub const MAX_CONNECTIONS: usize = 1 << 22;

/// How long a message may be: 16 MiB. tungstenite reserves the length of a frame that its header announces, before the
/// frame has come, so this is what each connection may make the server reserve.
pub const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// How many lines may be kept: 1,048,576. Of all lines at most 1 MiB is kept, and each has at least one byte.
pub const MAX_HISTORY: usize = 1024 * 1024;

/// How many lines a second each connection may say, if there is a limit: 1,000,000,000, one each nanosecond.
pub const MAX_LINES_PER_SECOND: u64 = 1_000_000_000;

/// How many bytes may wait for a client: 1 GiB. At most a tenth of the connections may have so much.
pub const MAX_BACKLOG: usize = 1 << 30;

/// The limits and timeouts of a server. Each bounds something; none can be switched off but by `0` where that is said.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value_t = Config::default().listen, value_parser = address)]
    pub listen: SocketAddr,

    /// Writer threads, 1 to 1024: the dial between one for all and one each [default: half the cores, at least 1]
    #[arg(long, value_name = "N", default_value_t = Config::default().writers, hide_default_value = true,
          value_parser = number(1..=MAX_WRITERS))]
    pub writers: usize,

    /// How many connections may be open, 1 to 4194304, or as many as the machine can hold; one more is answered with 503
    #[arg(long, value_name = "N", default_value_t = Config::default().max_connections,
          value_parser = number(1..=MAX_CONNECTIONS))]
    pub max_connections: usize,

    /// How long a message may be, 1 to 16777216 (16 MiB); one more byte is answered with Close 1009 or 413
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().max_message,
          value_parser = number(1..=MAX_MESSAGE))]
    pub max_message: usize,

    /// How many lines are kept for those who come back, 0 to 1048576 (and at most 1 MiB of them)
    #[arg(long, value_name = "LINES", default_value_t = Config::default().history,
          value_parser = number(0..=MAX_HISTORY))]
    pub history: usize,

    /// How many lines each connection may say a second, each frame counted as at least one, 1 to 1000000000; 0 is no
    /// limit. Over it nothing is dropped: the server reads more slowly
    #[arg(long, value_name = "N", default_value_t = Config::default().lines_per_second,
          value_parser = number(0..=MAX_LINES_PER_SECOND))]
    pub lines_per_second: u64,

    /// How much may wait in the server for a client that is behind, 0 to 1073741824 (1 GiB)
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().backlog,
          value_parser = number(0..=MAX_BACKLOG))]
    pub backlog: usize,

    /// What becomes of a client for which more would wait: it is disconnected with Close 1008, or the oldest lines that
    /// wait for it are dropped, and a line in their place tells how many
    #[arg(long, value_enum, default_value_t = Config::default().when_behind)]
    pub when_behind: WhenBehind,

    /// How long the head of a request may take; this and the other timeouts are 0.001 to 86400 seconds (a day)
    #[arg(long, value_name = "S", default_value_t = Config::default().handshake_timeout, value_parser = seconds)]
    pub handshake_timeout: Seconds,

    /// Nothing heard for half of it: a ping; for all of it: the peer is gone
    #[arg(long, value_name = "S", default_value_t = Config::default().idle_timeout, value_parser = seconds)]
    pub idle_timeout: Seconds,

    /// A client that takes nothing for so long is gone
    #[arg(long, value_name = "S", default_value_t = Config::default().write_timeout, value_parser = seconds)]
    pub write_timeout: Seconds,

    /// How long to wait for a peer's Close or end of stream
    #[arg(long, value_name = "S", default_value_t = Config::default().close_timeout, value_parser = seconds)]
    pub close_timeout: Seconds,

    /// An origin whose pages may connect, besides the server's own; repeatable
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<Origin>,

    /// Log the client that a proxy speaks for, as the last address in X-Forwarded-For says. Only for a server that nobody
    /// reaches but through the proxy: any client can send that field
    #[arg(long)]
    pub trust_proxy: bool,

    /// Show each handshake as text on stdout, and each frame taken apart
    #[arg(long)]
    pub show_wire: bool,
}

impl Default for Config {
    /// The defaults of the command line, so that a library user and a user at a terminal get the same server.
    fn default() -> Config {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 9001)),
            writers: half_the_cores(),
            max_connections: 10_000,
            max_message: 16_384,
            history: 1000,
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
        }
    }
}

impl Config {
    /// Checks each number against its range. The command line does so, too; this is for who fills in the fields.
    ///
    /// # Errors
    /// A sentence about the first number that is out of its range.
    pub fn check(&self) -> Result<(), String> {
        within("writers", self.writers, 1..=MAX_WRITERS)?;
        within("max_connections", self.max_connections, 1..=MAX_CONNECTIONS)?;
        within("max_message", self.max_message, 1..=MAX_MESSAGE)?;
        within("history", self.history, 0..=MAX_HISTORY)?;
        within(
            "lines_per_second",
            self.lines_per_second,
            0..=MAX_LINES_PER_SECOND,
        )?;
        within("backlog", self.backlog, 0..=MAX_BACKLOG)
    }
}

fn within<T: PartialOrd + fmt::Display>(
    field: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    Err(format!(
        "{field} is {value}; it must be from {least} to {most}"
    ))
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let expected =
        "expected an address and a port, such as 127.0.0.1:9001, or 0.0.0.0:9001 for all addresses";
    text.parse().map_err(|_| expected)
}

/// Reads a whole number of this range.
fn number<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + fmt::Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let (least, most) = (range.start(), range.end());
        number.ok_or_else(|| format!("expected a whole number from {least} to {most}"))
    }
}

fn half_the_cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}
