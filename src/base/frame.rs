//! WebSocket frames as bytes (RFC 6455, section 5.2): made for the way from the server to a client, and read for both.
//!
//! A frame has a header of 2 to 10 bytes in this direction, where nothing is masked, and 4 more in the other one. It is
//! encoded once for all who get it; tungstenite's `send` would encode it once for each.

pub mod counter;

pub use crate::base::frame::counter::Counter;
use tungstenite::Bytes;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader, Utf8Bytes};

/// How long the reason in a Close may be, in bytes: a control frame has at most 125, and the code takes 2 (section 5.5).
pub const MAX_REASON: usize = 123;

/// The header of a frame, taken apart. Nothing is checked: a frame that is not allowed has a header too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// FIN: whether the message ends with this frame.
    pub is_last: bool,
    /// RSV1, RSV2 and RSV3, from 4 to 1. No extension is in use here, so they must be 0.
    pub reserved: u8,
    /// What the frame is: 1 text, 2 binary, 0 more of either, 8 Close, 9 Ping, 10 Pong. All others are reserved.
    pub opcode: u8,
    /// What the payload is masked with, which all frames from a client must be, and none from a server.
    pub mask: Option<[u8; 4]>,
    /// How long the payload is, in bytes.
    pub payload: u64,
    /// How long the header itself is, in bytes: 2 to 14.
    pub length: usize,
}

impl Header {
    /// The header at the beginning of `bytes`, or `None` while it is not whole.
    pub fn parse(bytes: &[u8]) -> Option<Header> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let (payload, rest) = match second & 0x7F {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u16::from_be_bytes(*length).into(), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*length), rest)
            }
            length => (length.into(), rest),
        };
        let (mask, rest) = match second & 0x80 {
            0 => (None, rest),
            _ => rest
                .split_first_chunk()
                .map(|(mask, rest)| (Some(*mask), rest))?,
        };
        Some(Header {
            is_last: first & 0x80 != 0,
            reserved: first >> 4 & 0x07,
            opcode: first & 0x0F,
            mask,
            payload,
            length: bytes.len() - rest.len(),
        })
    }
}

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

/// A Close without a code (section 5.5.1).
pub fn bare_close() -> Bytes {
    alone(OpCode::Control(Control::Close), &[])
}

/// Whether a Close may carry this code: RFC 6455, section 7.4, with the codes that IANA has registered since.
///
/// 1004, 1005, 1006 and 1015 are reserved and never sent. 1016 to 2999 are for later versions of the protocol, 3000 to 3999
/// for registered libraries and applications, 4000 to 4999 for everybody.
pub fn is_close_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// How many frames these whole frames are.
pub fn count(frames: &[u8]) -> usize {
    Counter::default().count(frames)
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
