//! Appends the server's frames to a buffer.

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// Appends a text frame to `buffer`, which may already hold other frames.
pub fn append_text(buffer: &mut Vec<u8>, text: &str) {
    append(buffer, OpCode::Data(Data::Text), text.as_bytes());
}

pub(super) fn append(buffer: &mut Vec<u8>, opcode: OpCode, payload: &[u8]) {
    let header = FrameHeader {
        opcode,
        ..FrameHeader::default()
    };
    // Writing to a `Vec` cannot fail.
    let _ = header.format(payload.len() as u64, buffer);
    buffer.extend_from_slice(payload);
}
