//! Encoding of a client's frames and decoding of a server's frames (RFC 6455, section 5.2).

pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// A received frame, with its payload unmasked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    pub fin: bool,
    pub opcode: u8,
    pub payload: Vec<u8>,
}

impl Frame {
    /// Returns the payload as text, for any opcode.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }

    /// Returns the code, or `None` if this frame is not a Close or has no code.
    pub fn close_code(&self) -> Option<u16> {
        Some(u16::from_be_bytes(
            *self
                .payload
                .first_chunk()
                .filter(|_| self.opcode == CLOSE)?,
        ))
    }
}

/// Encodes a whole message as one client frame. A client must mask its frames, but a mask of zeros leaves the payload
/// unchanged (RFC 6455, section 5.3).
pub fn encode(opcode: u8, payload: &[u8]) -> Vec<u8> {
    encode_as(0x80 | opcode, payload)
}

/// Encodes a client frame with the given first byte: FIN, the reserved bits, and the opcode.
pub fn encode_as(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len());
    frame[1] |= 0x80;
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Returns the header of an unmasked frame: `first`, then the length in its shortest form.
pub fn header(first: u8, length: usize) -> Vec<u8> {
    let mut header = vec![first];
    match length {
        0..=125 => header.push(length as u8),
        126..=0xFFFF => {
            header.push(126);
            header.extend((length as u16).to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}

/// Decodes a payload length. Returns the length and the bytes after it, or `None` if the length is incomplete.
pub fn decode_length(seven_bits: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    match seven_bits {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            Some((u64::from(u16::from_be_bytes(*length)), rest))
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            Some((u64::from_be_bytes(*length), rest))
        }
        length => Some((u64::from(length), rest)),
    }
}

/// Decodes the first frame in `bytes`. Returns the frame and its encoded length, or `None` if the frame is incomplete.
/// Expects no mask, because a server's frames have none.
pub fn decode(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = decode_length(second, rest)?;
    let payload = rest.get(..usize::try_from(length).ok()?)?.to_vec();
    let used = bytes.len() - rest.len() + payload.len();
    let (fin, opcode) = (first & 0x80 != 0, first & 0x0F);
    Some((
        Frame {
            fin,
            opcode,
            payload,
        },
        used,
    ))
}
