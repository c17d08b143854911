//! WebSocket frames as bytes, from the server to a client (RFC 6455, section 5.2).
//!
//! A frame has a header of 2 to 10 bytes in this direction, where nothing is masked, and 4 more in the other one. It is
//! encoded once for all who get it; tungstenite's `send` would encode it once for each.

use tungstenite::Bytes;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader, Utf8Bytes};

/// How long the reason in a Close may be, in bytes: a control frame has at most 125, and the code takes 2 (section 5.5).
pub const MAX_REASON: usize = 123;

/// Appends a text frame with `text` to `block`, which may hold other frames already.
pub fn append_text(block: &mut Vec<u8>, text: &str) {
    append(block, OpCode::Data(Data::Text), text.as_bytes());
}

/// A text frame, alone.
pub fn text(text: &str) -> Bytes {
    alone(OpCode::Data(Data::Text), text.as_bytes())
}

/// A binary frame, alone.
pub fn binary(payload: &[u8]) -> Bytes {
    alone(OpCode::Data(Data::Binary), payload)
}

/// A Ping without a payload (section 5.5.2).
pub fn ping() -> Bytes {
    alone(OpCode::Control(Control::Ping), &[])
}

/// A Close with its code and its reason, which is cut at [`MAX_REASON`] bytes (section 5.5.1).
pub fn close(code: u16, reason: &str) -> Bytes {
    let cut = (0..=reason.len().min(MAX_REASON))
        .rev()
        .find(|&end| reason.is_char_boundary(end))
        .unwrap_or(0);
    let reason = reason.get(..cut).unwrap_or_default();
    let close = CloseFrame {
        code: CloseCode::from(code),
        reason: Utf8Bytes::from(reason),
    };
    alone(
        OpCode::Control(Control::Close),
        Frame::close(Some(close)).payload(),
    )
}

/// How many frames these whole frames are. None is masked (section 5.2).
pub fn count(mut frames: &[u8]) -> usize {
    let mut count = 0;
    while let [_, length, rest @ ..] = frames {
        let (length, rest) = match (*length, rest) {
            (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
            (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                let length = [*a, *b, *c, *d, *e, *f, *g, *h];
                (u64::from_be_bytes(length), rest)
            }
            (length, rest) => (length.into(), rest),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        frames = rest.get(length..).unwrap_or_default();
        count += 1;
    }
    count
}

/// Whether these whole frames begin with a Close, after which a peer gets nothing more (section 5.5.1).
pub fn is_close(frames: &[u8]) -> bool {
    frames
        .first()
        .is_some_and(|first| first & 0x0F == u8::from(OpCode::Control(Control::Close)))
}

fn alone(opcode: OpCode, payload: &[u8]) -> Bytes {
    let mut block = Vec::with_capacity(payload.len() + 10);
    append(&mut block, opcode, payload);
    block.into()
}

fn append(block: &mut Vec<u8>, opcode: OpCode, payload: &[u8]) {
    let header = FrameHeader {
        opcode,
        ..FrameHeader::default()
    };
    // Writing to a `Vec` cannot fail, so there is no error to hand on.
    let _ = header.format(payload.len() as u64, block);
    block.extend_from_slice(payload);
}
