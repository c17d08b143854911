//! Frames from the server to a client.

use tungstenite::Bytes;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader, Utf8Bytes};

/// How long the reason in a Close may be, in bytes: a control frame has at most 125, and the code takes 2 (section 5.5).
pub const MAX_REASON: usize = 123;

/// Appends a text frame to `block`, which may hold other frames already.
pub fn append_text(block: &mut Vec<u8>, text: &str) {
    append(block, OpCode::Data(Data::Text), text.as_bytes());
}

/// Makes a text frame.
pub fn text(text: &str) -> Bytes {
    frame(OpCode::Data(Data::Text), text.as_bytes())
}

/// Makes a binary frame.
pub fn binary(payload: &[u8]) -> Bytes {
    frame(OpCode::Data(Data::Binary), payload)
}

/// Makes a Ping without a payload (section 5.5.2).
pub fn ping() -> Bytes {
    frame(OpCode::Control(Control::Ping), &[])
}

/// Makes a Close with a code and a reason, which is cut at [`MAX_REASON`] bytes (section 5.5.1).
pub fn close(code: u16, reason: &str) -> Bytes {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let reason = &reason[..end];
    let close = CloseFrame {
        code: CloseCode::from(code),
        reason: Utf8Bytes::from(reason),
    };
    let payload = Frame::close(Some(close));
    frame(OpCode::Control(Control::Close), payload.payload())
}

/// Makes a Close without a code (section 5.5.1).
pub fn bare_close() -> Bytes {
    frame(OpCode::Control(Control::Close), &[])
}

fn frame(opcode: OpCode, payload: &[u8]) -> Bytes {
    let mut block = Vec::with_capacity(payload.len() + 10);
    append(&mut block, opcode, payload);
    block.into()
}

fn append(block: &mut Vec<u8>, opcode: OpCode, payload: &[u8]) {
    let header = FrameHeader {
        opcode,
        ..FrameHeader::default()
    };
    // Writing to a `Vec` cannot fail.
    let _ = header.format(payload.len() as u64, block);
    block.extend_from_slice(payload);
}
