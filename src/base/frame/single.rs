//! Encodes frames of the server, each in its own buffer.

use tungstenite::Bytes;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::base::frame::encode::append;

/// Makes a text frame.
pub fn text(text: &str) -> Bytes {
    frame(OpCode::Data(Data::Text), text.as_bytes())
}

/// Makes a binary frame.
pub fn binary(payload: &[u8]) -> Bytes {
    frame(OpCode::Data(Data::Binary), payload)
}

pub(super) fn frame(opcode: OpCode, payload: &[u8]) -> Bytes {
    let mut block = Vec::with_capacity(payload.len() + 10);
    append(&mut block, opcode, payload);
    block.into()
}
