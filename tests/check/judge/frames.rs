//! Encodes the frames of a client, and finds faults in the frames of a server (RFC 6455, section 5).

use blocking_chat::base::frame::Header;

use super::socket::ReadEnd;
use crate::support::raw_frame::{BINARY, TEXT, encode};

/// The maximum length of a message that the judge accepts, in bytes.
pub const MAX_MESSAGE: usize = 1 << 20;
/// The mask of all clients' frames. Any bytes will do except zeros, which would hide a server that does not unmask
/// frames.
const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// Encodes a frame of a client, with a mask.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    // `encode` uses a mask of zeros, in the four bytes before the payload.
    let mut frame = encode(opcode, payload);
    let begin = frame.len() - payload.len() - MASK.len();
    for (at, byte) in frame[begin..].iter_mut().enumerate() {
        *byte ^= MASK[at % MASK.len()];
    }
    frame
}

/// Encodes a text frame of a client.
pub fn text_frame(text: &str) -> Vec<u8> {
    masked(TEXT, text.as_bytes())
}

/// Removes a frame from the beginning of `unread`. Returns its header and its payload, or `None` while the frame is
/// incomplete. The error describes a fault in the frame.
pub fn take(unread: &mut Vec<u8>) -> Result<Option<(Header, Vec<u8>)>, ReadEnd> {
    let Some(header) = Header::parse(unread) else {
        return Ok(None);
    };
    let wrong = match header {
        Header { reserved: 1.., .. } => "a frame with a reserved bit set (RFC 6455, 5.2)",
        Header { opcode: BINARY, .. } => "a binary frame, which should be a text frame",
        Header {
            opcode: 3..8 | 11..,
            ..
        } => "a frame with an unknown opcode (RFC 6455, 5.2)",
        Header { mask: Some(_), .. } => "a frame with a mask, which only clients use (5.1)",
        Header { payload_length, .. } if payload_length > MAX_MESSAGE as u64 => {
            "a frame of more than 1 MiB"
        }
        _ => "",
    };
    if !wrong.is_empty() {
        return Err(ReadEnd(wrong.into()));
    }
    let end = header.length + header.payload_length as usize;
    if unread.len() < end {
        return Ok(None);
    }
    let payload = unread.drain(..end).skip(header.length).collect();
    Ok(Some((header, payload)))
}
