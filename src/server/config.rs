//! What a server may be told at its start: the options of `chat-server`.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use super::http::origin::Origin;
use super::queue::WhenBehind;

/// How many writer threads there may be: 1,024, far beyond any number of cores.
const MAX_WRITERS: usize = 1024;

/// The limits and timeouts of a server. Each bounds something; none can be switched off but by `0` where that is said.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9001", value_parser = address)]
    pub listen: SocketAddr,

    /// Writer threads: the dial between one for all and one each [default: half the cores, at least 1]
    #[arg(long, value_name = "N", default_value_t = half_the_cores(), hide_default_value = true,
          value_parser = writers)]
    pub writers: usize,

    /// How many connections may be open; one more is answered with 503
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = at_least_one)]
    pub max_connections: usize,

    /// How long a message may be; one more byte is answered with Close 1009
    #[arg(long, value_name = "BYTES", default_value_t = 16_384, value_parser = at_least_one)]
    pub max_message: usize,

    /// How many lines are kept for those who come back (and at most 1 MiB of them)
    #[arg(long, value_name = "LINES", default_value_t = 1000)]
    pub history: usize,

    /// How many lines each connection may say a second, each frame counted as at least one; 0 is no limit.
    /// Over it nothing is dropped: the server reads more slowly
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub lines_per_second: u64,

    /// How much may wait in the server for a client that is behind
    #[arg(long, value_name = "BYTES", default_value_t = 1_048_576)]
    pub backlog: usize,

    /// What becomes of a client for which more would wait: it is disconnected with Close 1008, or the oldest lines that
    /// wait for it are dropped, and a line in their place tells how many
    #[arg(long, value_enum, default_value_t = WhenBehind::Disconnect)]
    pub when_behind: WhenBehind,

    /// How long the head of a request may take
    #[arg(long, value_name = "S", default_value_t = Seconds::new(10), value_parser = seconds)]
    pub handshake_timeout: Seconds,

    /// Nothing heard for half of it: a ping; for all of it: the peer is gone
    #[arg(long, value_name = "S", default_value_t = Seconds::new(60), value_parser = seconds)]
    pub idle_timeout: Seconds,

    /// A client that takes nothing for so long is gone
    #[arg(long, value_name = "S", default_value_t = Seconds::new(10), value_parser = seconds)]
    pub write_timeout: Seconds,

    /// How long to wait for a peer's Close or end of stream
    #[arg(long, value_name = "S", default_value_t = Seconds::new(3), value_parser = seconds)]
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
        #[derive(clap::Parser)]
        struct NoArguments {
            #[command(flatten)]
            config: Config,
        }
        let NoArguments { config } = clap::Parser::parse_from(["chat-server"]);
        config
    }
}

/// A span of time, written in seconds: from a millisecond to a day.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Seconds(Duration);

impl Seconds {
    /// So many whole seconds, as far as a [`Seconds`] goes.
    pub const fn new(seconds: u64) -> Seconds {
        Seconds::from_millis(seconds.saturating_mul(1000))
    }

    /// So many milliseconds, as far as a [`Seconds`] goes.
    pub const fn from_millis(milliseconds: u64) -> Seconds {
        match Duration::from_millis(milliseconds) {
            span if span.as_millis() < SHORTEST.as_millis() => Seconds(SHORTEST),
            span if span.as_millis() > LONGEST.as_millis() => Seconds(LONGEST),
            span => Seconds(span),
        }
    }

    /// The span as the standard library knows it.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

fn seconds(text: &str) -> Result<Seconds, String> {
    let span = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    span.filter(|span| (SHORTEST..=LONGEST).contains(span))
        .map(Seconds)
        .ok_or_else(|| "expected a number of seconds from 0.001 to 86400".to_owned())
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let expected =
        "expected an address and a port, such as 127.0.0.1:9001, or 0.0.0.0:9001 for all addresses";
    text.parse().map_err(|_| expected)
}

fn writers(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=MAX_WRITERS).contains(number));
    number.ok_or_else(|| format!("expected a whole number from 1 to {MAX_WRITERS}"))
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| "expected a whole number of at least 1".to_owned())
}

fn half_the_cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}
