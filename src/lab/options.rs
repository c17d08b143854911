//! The options of `chat-compare`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::client::connect::url::Url;
use crate::lab::delay;
use crate::lab::heads::Headers;
use crate::server::Seconds;

/// What to measure, on which server, and how to show the result.
#[derive(Args, Clone, Debug)]
pub struct CompareOptions {
    /// A server that is already running, as ws://HOST:PORT/ [default: a new server on a free port]
    #[arg(value_parser = url)]
    pub url: Option<Url>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub run: RunOptions,

    /// Print comma-separated values instead of the table
    #[arg(long)]
    pub csv: bool,

    /// Also plot delay against bytes, and write the picture to this file as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// What to measure. The same options give the same number of lines, at the same times.
#[derive(Args, Clone, Debug)]
pub struct RunOptions {
    /// How long the speaker talks, in seconds
    #[arg(long, value_name = "S", default_value = "30", value_parser = duration)]
    pub duration: Seconds,

    /// How many lines the speaker says per second, on average. The times are random
    #[arg(long, value_name = "N", default_value_t = 4.0, value_parser = rate)]
    pub rate: f64,

    /// The seed of the random times. The same seed gives the same times
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Which headers each request has
    #[arg(long, value_enum, default_value_t = Headers::Browser)]
    pub headers: Headers,

    /// The network's delay in each direction between the server and a listener, such as 50ms. The speaker has no delay
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = delay::parse)]
    pub delay: Duration,
}

fn url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    if url.is_tls {
        Err("only ws:// can be measured: TLS would hide the bytes that are counted".to_owned())
    } else {
        Ok(url)
    }
}

fn duration(text: &str) -> Result<Seconds, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (0.1..=3600.0).contains(seconds));
    seconds
        .map(|seconds: f64| Seconds::from_millis((seconds * 1000.0) as u64))
        .ok_or_else(|| "expected a number of seconds from 0.1 to 3600".to_owned())
}

/// Parses a rate from 0.01 to 100 lines per second. At the maximum, a client that polls every 5 s still misses no line,
/// because a room keeps 1,000.
fn rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate| (0.01..=100.0).contains(rate))
        .ok_or_else(|| "expected a number from 0.01 to 100".to_owned())
}
