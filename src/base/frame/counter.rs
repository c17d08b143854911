//! Counts frames in a stream of bytes.

use tungstenite::protocol::frame::coding::{Control, OpCode};

use crate::base::frame::header::Header;

/// Counts frames that arrive in pieces of any size.
#[derive(Debug, Default)]
pub struct FrameCounter {
    /// The bytes of an incomplete header.
    header: Vec<u8>,
    /// How many bytes of the current payload have not arrived yet.
    left: u64,
    close: Option<CloseStart>,
}

/// The beginning of the first Close.
#[derive(Debug)]
struct CloseStart {
    mask: [u8; 4],
    code: Vec<u8>,
    /// Whether more of its payload may arrive.
    is_open: bool,
}

impl FrameCounter {
    /// Reads the next piece, and returns how many frames end in it.
    pub fn count(&mut self, mut piece: &[u8]) -> usize {
        let mut ended = 0;
        while let [next, rest @ ..] = piece {
            if self.left > 0 {
                let left = usize::try_from(self.left).unwrap_or(usize::MAX);
                let (here, later) = piece.split_at(left.min(piece.len()));
                self.left -= here.len() as u64;
                self.on_payload(here);
                piece = later;
            } else {
                piece = rest;
                self.header.push(*next);
                let Some(header) = Header::parse(&self.header) else {
                    continue;
                };
                self.header.clear();
                self.left = header.payload;
                self.on_header(&header);
            }
            ended += usize::from(self.left == 0);
        }
        ended
    }

    /// Returns the code that the first Close had on the wire, or `None` if it had none.
    ///
    /// tungstenite does not show it: it replaces a code that it rejects with 1002.
    pub fn close_code(&self) -> Option<u16> {
        let CloseStart { mask, code, .. } = self.close.as_ref()?;
        let [high, low] = code.first_chunk()?;
        Some(u16::from_be_bytes([high ^ mask[0], low ^ mask[1]]))
    }

    fn on_header(&mut self, header: &Header) {
        match &mut self.close {
            Some(close) => close.is_open = false,
            None if header.opcode == u8::from(OpCode::Control(Control::Close)) => {
                self.close = Some(CloseStart {
                    mask: header.mask.unwrap_or_default(),
                    code: Vec::new(),
                    is_open: true,
                });
            }
            None => {}
        }
    }

    fn on_payload(&mut self, piece: &[u8]) {
        if let Some(close) = self.close.as_mut().filter(|close| close.is_open) {
            let missing = 2_usize.saturating_sub(close.code.len());
            close.code.extend(piece.iter().take(missing));
        }
    }
}
