//! How a connection begins (a URL, a TCP connection, perhaps TLS, the handshake), and what the threads share of it.

pub mod backoff;
#[cfg(feature = "tls")]
mod certificates;
pub mod client_stream;
pub mod error;
pub mod handshake;
pub mod masked;
pub mod session;
pub mod target;
pub mod tcp;
#[cfg_attr(not(feature = "tls"), path = "connect/no_tls.rs")]
pub mod tls;
pub mod transport;
pub mod trust;
pub mod url;
pub mod write_side;

use std::sync::Arc;

use tungstenite::WebSocket;

use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::session::Session;

/// A connection that has been upgraded: what the threads share of it, and what only the socket thread has.
pub type Opened = (Arc<Session>, WebSocket<ClientStream>);
