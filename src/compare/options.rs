//! What `chat-compare` may be told.

use std::path::PathBuf;

use clap::Args;

use super::heads::Headers;
use crate::client::connect::url::Url;
use crate::server::Seconds;

/// What is measured, where, and in which form it is told.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A server that runs already, as ws://HOST:PORT/ [default: one of our own, on a free port]
    #[arg(value_parser = url)]
    pub url: Option<Url>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub plan: Plan,

    /// Print comma-separated values in place of the table
    #[arg(long)]
    pub csv: bool,

    /// Draw delay against bytes, too, into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// What is measured. The same plan has the same lines said at the same times.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// For how long the speaker speaks
    #[arg(long, value_name = "S", default_value = "30", value_parser = duration)]
    pub duration: Seconds,

    /// How many lines it says in a second, on average; the times are random
    #[arg(long, value_name = "N", default_value_t = 4.0, value_parser = rate)]
    pub rate: f64,

    /// Which random times these are
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// How much each request says of the client
    #[arg(long, value_enum, default_value_t = Headers::Browser)]
    pub headers: Headers,
}

fn url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    match url.is_tls() {
        true => Err("only ws:// is measured: TLS would hide what is counted".to_owned()),
        false => Ok(url),
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

/// At most 100: in the 5 s between two polls a room may not hear more than the 1,000 lines that it keeps.
fn rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate| (0.01..=100.0).contains(rate))
        .ok_or_else(|| "expected a number from 0.01 to 100".to_owned())
}
