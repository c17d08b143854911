//! The header of a frame.

/// The fields of a frame's header. They are not validated: an invalid frame has a header too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// FIN: whether the message ends with this frame.
    pub is_last: bool,
    /// The bits RSV1, RSV2 and RSV3, with the values 4, 2 and 1. All must be 0, because this chat uses no extension.
    pub reserved: u8,
    /// The type of the frame: 0 continuation, 1 text, 2 binary, 8 Close, 9 Ping, 10 Pong. All other values are
    /// reserved.
    pub opcode: u8,
    /// The key that masks the payload, or `None` if the payload is not masked. A client must mask every frame. A server
    /// must not mask its frames.
    pub mask: Option<[u8; 4]>,
    /// The length of the payload, in bytes.
    pub payload_length: u64,
    /// The length of the header itself, in bytes: 2 to 14.
    pub length: usize,
}

impl Header {
    /// Parses the header at the beginning of `bytes`. Returns `None` if the header is incomplete.
    pub fn parse(bytes: &[u8]) -> Option<Header> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let (payload_length, rest) = match second & 0x7F {
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
        let (mask, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let (mask, rest) = rest.split_first_chunk()?;
            (Some(*mask), rest)
        };
        Some(Header {
            is_last: first & 0x80 != 0,
            reserved: first >> 4 & 0x07,
            opcode: first & 0x0F,
            mask,
            payload_length,
            length: bytes.len() - rest.len(),
        })
    }
}
