//! How a connection begins: the URL, TCP, perhaps TLS, and the handshake. The result is a session that all threads share.

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
pub mod url;
pub mod write_side;

use std::sync::Arc;

use tungstenite::WebSocket;

use crate::client::timeouts::Timeouts;
use client_stream::ClientStream;
use error::ConnectError;
use session::Session;
use target::Target;
use tcp::Budget;
use transport::TransportStream;

/// An upgraded connection: the session that all threads share, and the WebSocket that only the socket thread has.
pub(crate) type WsConnection = (Arc<Session>, WebSocket<ClientStream>);

/// Tries the target's URLs in turn until [`open`] succeeds for one of them. If none can be opened, returns the last error.
pub fn open_any(target: &mut Target, timeouts: &Timeouts) -> Result<WsConnection, ConnectError> {
    let mut opened = open(target, &[], timeouts);
    for _ in 1..target.urls.len() {
        if opened.is_err() {
            target.next();
            opened = open(target, &[], timeouts);
        }
    }
    opened
}

/// Connects to the target's current URL and performs the handshake, within [`Timeouts::connect`]. Adds the `parameters`
/// if the URL may lead to a room or the user has chosen a name.
pub fn open(
    target: &Target,
    parameters: &[(&str, String)],
    timeouts: &Timeouts,
) -> Result<WsConnection, ConnectError> {
    let url = target.url_with(parameters).ok_or(ConnectError::NoUrl)?;
    let budget = Budget::new(timeouts.connect);
    let stream = tcp::connect(&url, &budget)?;
    let transport = TransportStream::open(stream, &url, &target.trust, &budget)?;
    let unread = handshake::handshake(&transport, &url, target, &budget)?;
    transport.stream.set_read_timeout(None)?;
    transport.stream.set_write_timeout(Some(timeouts.write))?;
    let session = Session::new(transport);
    let websocket = ClientStream::websocket(&session, unread);
    Ok((session, websocket))
}
