//! Encodes the server's control frames, Ping and Close (RFC 6455, section 5.5).

use tungstenite::Bytes;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{CloseCode, Control, OpCode};
use tungstenite::protocol::frame::{Frame, Utf8Bytes};

use crate::base::frame::single::frame;

/// The maximum length of a Close's reason, in bytes. A control frame carries at most 125 bytes, and the code takes 2 of
/// them (section 5.5).
pub const MAX_REASON: usize = 123;

/// Makes a Ping without a payload (section 5.5.2).
pub fn ping() -> Bytes {
    frame(OpCode::Control(Control::Ping), &[])
}

/// Makes a Close with a code and a reason (section 5.5.1). Truncates the reason to at most [`MAX_REASON`] bytes.
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
