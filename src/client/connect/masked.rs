//! Encodes the client's messages.

use std::io;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Bytes, Message, WebSocket};

/// Encodes a message as a client must send it: in a frame that is masked with a random key (RFC 6455, 5.3).
pub fn masked(message: Message) -> Bytes {
    let mut encoder = WebSocket::from_raw_socket(
        io::Cursor::new(Vec::new()),
        Role::Client,
        // The encoder reads nothing, so it needs no read buffer.
        Some(WebSocketConfig::default().read_buffer_size(0)),
    );
    // Writing to a `Vec` cannot fail, so there is no error to return.
    let _ = encoder.send(message);
    encoder.into_inner().into_inner().into()
}
