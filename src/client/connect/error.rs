//! Why connecting fails. Each error's message says what happened and, if possible, what to do.

use std::io;
use std::time::Duration;

use thiserror::Error;

/// Why an attempt to connect failed.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the message of a variant says what it is")]
pub enum ConnectError {
    /// The host's name cannot be resolved.
    #[error("cannot find the host {host} ({source}): check the URL")]
    UnknownHost {
        /// The host in the URL.
        host: String,
        /// The error of the system's resolver.
        source: io::Error,
    },
    /// No address of the host accepted a connection.
    #[error("{}", unreachable(.address, .source))]
    Unreachable {
        /// The host and the port.
        address: String,
        /// The error for the last address.
        source: io::Error,
    },
    /// The time limit for connecting has passed.
    #[error("timed out after {} s while waiting for {waiting_for}: check the URL and the server", .limit.as_secs_f32())]
    TimedOut {
        /// What the client was waiting for, for example `a connection`.
        waiting_for: &'static str,
        limit: Duration,
    },
    /// The server answered with an HTTP response other than 101.
    #[error("the server answered {status}: {sentence}")]
    Http {
        /// The status code and the reason phrase, for example `400 Bad Request`.
        status: String,
        /// What the user reads: the target of a redirect (RFC 9110, 15.4), the first line of the body, or advice.
        sentence: String,
        /// How long the server asks the client to wait (RFC 9110, 10.2.3), or `None` if it does not ask.
        retry_after: Option<Duration>,
    },
    /// TLS failed. The string says why.
    #[error("{0}")]
    Tls(String),
    #[error("there is no URL to connect to")]
    NoUrl,
    #[error("this is not a WebSocket server: {0}")]
    NotWebSocket(&'static str),
    #[error("the connection was lost during the handshake: {0}")]
    ConnectionLost(#[from] io::Error),
    #[error("cannot start a thread: {0}")]
    System(#[source] io::Error),
}

impl ConnectError {
    /// Returns how long the server asks the client to wait, or zero if the server does not ask.
    pub(crate) fn retry_after(&self) -> Duration {
        match self {
            ConnectError::Http { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// Returns whether a retry is pointless: the server refused the request, TLS failed, there is no URL, or no thread
    /// could start. A refusal is an HTTP status from 300 to 499, except 408, 425 and 429, which are temporary.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            ConnectError::Http { status, .. } => {
                let mut passes = ["408", "425", "429"].iter();
                status.starts_with(['3', '4']) && !passes.any(|pass| status.starts_with(pass))
            }
            ConnectError::Tls(_) | ConnectError::NoUrl | ConnectError::System(_) => true,
            _ => false,
        }
    }
}

fn unreachable(address: &str, error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::ConnectionRefused {
        return format!("cannot reach {address}: {error}");
    }
    let port = match address.rsplit_once(':') {
        Some((_, port)) if port != "9001" => format!(" PORT={port}"),
        _ => String::new(),
    };
    format!(
        "no server listens at {address} (connection refused): start one with `make run-server{port}`, or check the URL"
    )
}
