//! WebSocket frames as bytes (RFC 6455, section 5.2). This module encodes the server's frames, and parses the frames of
//! both sides.
//!
//! A frame from the server has a header of 2 to 10 bytes. A client's frames are masked, so their headers have 4 more
//! bytes. The server encodes a frame once for all recipients. tungstenite's `send` would encode it once for each.

pub mod control;
pub mod decode;
pub mod encode;
pub mod header;
pub mod scanner;
pub mod single;

use tungstenite::protocol::frame::coding::{Control, OpCode};

pub use crate::base::frame::control::{MAX_REASON, bare_close, close, ping};
pub use crate::base::frame::encode::append_text;
pub use crate::base::frame::header::Header;
pub use crate::base::frame::scanner::FrameScanner;
pub use crate::base::frame::single::{binary, text};

/// Returns whether a Close may carry this code, according to RFC 6455, section 7.4, and IANA's later registrations.
///
/// The codes 1004, 1005, 1006 and 1015 are reserved and never sent. The codes 1016 to 2999 are for later versions of
/// the protocol, 3000 to 3999 for registered libraries and applications, and 4000 to 4999 for private use.
pub(crate) fn is_close_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Returns how many frames `frames` holds. All of them must be complete.
pub fn count(frames: &[u8]) -> usize {
    FrameScanner::default().count(frames)
}

/// Returns whether `frames` begins with a Close. No data frame may follow a Close (section 5.5.1).
pub fn is_close(frames: &[u8]) -> bool {
    let close = u8::from(OpCode::Control(Control::Close));
    frames.first().is_some_and(|first| first & 0x0F == close)
}
