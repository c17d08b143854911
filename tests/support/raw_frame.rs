//! WebSocket frames as bytes, from a client to a server and back (RFC 6455, section 5.2).

pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// One frame as it was received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    pub fin: bool,
    pub opcode: u8,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The payload as text, for any opcode.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }

    /// The code of a Close, if there is one.
    pub fn close_code(&self) -> Option<u16> {
        Some(u16::from_be_bytes(
            *self
                .payload
                .first_chunk()
                .filter(|_| self.opcode == CLOSE)?,
        ))
    }
}

/// Encodes a whole message as one frame of a client. A client must mask; a mask of zeros leaves the payload as it is
/// (RFC 6455, section 5.3).
pub fn encode(opcode: u8, payload: &[u8]) -> Vec<u8> {
    encode_as(0x80 | opcode, payload)
}

/// Encodes a frame with this first byte: FIN, the reserved bits and the opcode.
pub fn encode_as(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=0xFFFF => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Decodes the first frame in `bytes`, and returns it with its length; `None` while it is incomplete. A server does not
/// mask.
pub fn decode(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second {
        126 => rest
            .split_first_chunk()
            .map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?,
        127 => rest
            .split_first_chunk()
            .map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
        length => (u64::from(length), rest),
    };
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
