//! How a connection begins: a URL, a TCP connection, the handshake.

pub mod connect;
pub mod failure;
pub mod handshake;
pub mod url;

use std::sync::Arc;

use tungstenite::WebSocket;

use crate::client::limits::Limits;
use crate::client::opening::connect::Budget;
use crate::client::opening::failure::NotConnected;
use crate::client::opening::url::Url;
use crate::client::session::Session;
use crate::client::wire::Wire;

/// A connection that has been upgraded: what the threads share of it, and what only the socket thread has.
pub type Opened = (Arc<Session>, WebSocket<Wire>);

/// Connects and makes the handshake.
///
/// # Errors
/// Why there is no connection, after at most [`Limits::connect`].
pub fn open(url: &Url, limits: &Limits) -> Result<Opened, NotConnected> {
    let budget = Budget::new(limits.connect);
    let stream = connect::connect(url, &budget)?;
    let unread = handshake::shake_hands(&stream, url, &budget)?;
    stream
        .set_write_timeout(Some(limits.write))
        .map_err(NotConnected::System)?;
    let stream = Arc::new(stream);
    let session = Arc::new(Session::new(Arc::clone(&stream)));
    let websocket = Wire::websocket(Arc::clone(&session), stream, unread);
    Ok((session, websocket))
}
