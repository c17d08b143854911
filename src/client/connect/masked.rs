//! What a client sends, as bytes.

use std::io;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Bytes, Message, WebSocket};

/// The bytes of a message as a client sends it: one frame, masked with a random key (RFC 6455, 5.3).
pub fn masked(message: Message) -> Bytes {
    let mut encoder = WebSocket::from_raw_socket(
        io::Cursor::new(Vec::new()),
        Role::Client,
        // It reads nothing.
        Some(WebSocketConfig::default().read_buffer_size(0)),
    );
    // Writing to a `Vec` cannot fail, so there is no error to hand on.
    let _ = encoder.send(message);
    encoder.into_inner().into_inner().into()
}
