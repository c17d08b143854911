//! How a connection begins: a URL, a TCP connection, the handshake.

pub mod backoff;
pub mod client_stream;
pub mod error;
pub mod handshake;
pub mod masked;
pub mod session;
pub mod tcp;
pub mod url;
pub mod write_side;

use std::sync::Arc;

use tungstenite::WebSocket;

use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::session::Session;
use crate::client::timeouts::Timeouts;
use error::ConnectError;
use tcp::Budget;
use url::Url;

/// A connection that has been upgraded: what the threads share of it, and what only the socket thread has.
pub type Opened = (Arc<Session>, WebSocket<ClientStream>);

/// Connects and makes the handshake.
///
/// # Errors
/// Why there is no connection, after at most [`Timeouts::connect`].
pub fn open(url: &Url, timeouts: &Timeouts) -> Result<Opened, ConnectError> {
    let budget = Budget::new(timeouts.connect);
    let stream = tcp::connect(url, &budget)?;
    let unread = handshake::handshake(&stream, url, &budget)?;
    stream
        .set_write_timeout(Some(timeouts.write))
        .map_err(ConnectError::System)?;
    let stream = Arc::new(stream);
    let session = Arc::new(Session::new(Arc::clone(&stream)));
    let websocket = ClientStream::websocket(Arc::clone(&session), stream, unread);
    Ok((session, websocket))
}
