//! What can go wrong while connecting, each as one sentence that says what happened and, where that helps, what to do.

use std::fmt;
use std::io;
use std::time::Duration;

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// The host's name has no address.
    Unknown {
        /// The host in the URL.
        host: String,
        /// What the system's resolver says.
        error: io::Error,
    },
    /// No address of the host takes connections.
    Unreachable {
        /// The host and the port.
        address: String,
        /// The port alone.
        port: u16,
        /// What the last address's error was.
        error: io::Error,
    },
    /// The limit for connecting was over.
    TimedOut {
        /// What we were waiting for.
        waiting_for: &'static str,
        /// The limit.
        limit: Duration,
    },
    /// A server answered in plain HTTP.
    Http {
        /// The status and its name, for example `400 Bad Request`.
        status: String,
        /// The first line of the body, at most 300 characters; empty if there is none.
        sentence: String,
        /// Where a redirect leads to (RFC 9110, 15.4).
        location: Option<String>,
        /// How long the server asks us to wait (RFC 9110, 10.2.3).
        retry_after: Option<Duration>,
    },
    /// TLS is refused, for this reason.
    Tls(String),
    /// There is no URL to connect to.
    NoUrl,
    /// What answered is no WebSocket server.
    NotWebSocket(&'static str),
    /// The connection broke in the handshake.
    Broken(io::Error),
    /// The system did not give us a thread or a socket option.
    System(io::Error),
}

impl ConnectError {
    /// Whether asking again would change nothing.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            ConnectError::Http { status, .. } => {
                let passes = ["408", "425", "429"];
                let is_ours = status.starts_with('3') || status.starts_with('4');
                is_ours && !passes.iter().any(|pass| status.starts_with(pass))
            }
            ConnectError::Tls(_) | ConnectError::NoUrl => true,
            _ => false,
        }
    }

    /// How long the server asks us to wait, if it does.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            ConnectError::Http { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Unknown { host, error } => {
                write!(f, "the host {host} is not known ({error}): check the URL")
            }
            ConnectError::Unreachable {
                address,
                port,
                error,
            } if error.kind() == io::ErrorKind::ConnectionRefused => refused(f, address, *port),
            ConnectError::Unreachable { address, error, .. } => {
                write!(f, "cannot reach {address}: {error}")
            }
            ConnectError::TimedOut { waiting_for, limit } => write!(
                f,
                "gave up after {} s of waiting for {waiting_for}: check the URL and the server",
                limit.as_secs_f32()
            ),
            ConnectError::Http {
                status,
                location: Some(location),
                ..
            } => write!(f, "the server answered {status}: it is at {location}"),
            ConnectError::Http {
                status, sentence, ..
            } if sentence.is_empty() => {
                write!(f, "the server answered {status}: check the URL")
            }
            ConnectError::Http {
                status, sentence, ..
            } => write!(f, "the server answered {status}: {sentence}"),
            ConnectError::Tls(why) => f.write_str(why),
            ConnectError::NoUrl => write!(f, "there is no URL to connect to"),
            ConnectError::NotWebSocket(why) => write!(f, "this is no WebSocket server: {why}"),
            ConnectError::Broken(error) => {
                write!(f, "the connection broke in the handshake: {error}")
            }
            ConnectError::System(error) => write!(f, "the system refused: {error}"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConnectError::Unknown { error, .. }
            | ConnectError::Unreachable { error, .. }
            | ConnectError::Broken(error)
            | ConnectError::System(error) => Some(error),
            _ => None,
        }
    }
}

fn refused(f: &mut fmt::Formatter<'_>, address: &str, port: u16) -> fmt::Result {
    write!(
        f,
        "no server listens at {address} (connection refused): start one with `make run-server"
    )?;
    if port != 9001 {
        write!(f, " PORT={port}")?;
    }
    write!(f, "`, or check the URL")
}
