//! Counts the frames in a stream of bytes, and keeps the first Close.

use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{Control, OpCode};

use crate::base::frame::control::MAX_REASON;
use crate::base::frame::header::Header;

/// Counts frames that arrive in pieces of any size, and keeps the first Close.
#[derive(Debug, Default)]
pub struct FrameScanner {
    /// The bytes of an incomplete header.
    header: Vec<u8>,
    /// How many bytes of the current frame's payload have not arrived yet.
    left: u64,
    close: Option<FirstClose>,
}

/// The first Close in the stream.
#[derive(Debug)]
struct FirstClose {
    mask: [u8; 4],
    /// The payload as it arrived, before unmasking: at most 125 bytes.
    payload: Vec<u8>,
    /// Whether more of the payload may arrive.
    is_open: bool,
}

impl FrameScanner {
    /// Scans the next piece of the stream, and returns how many frames end in this piece.
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
                self.left = header.payload_length;
                self.on_header(&header);
            }
            ended += usize::from(self.left == 0);
        }
        ended
    }

    /// Returns the code that the first Close had on the wire. Returns `None` if that Close had no code, or if no Close
    /// has arrived.
    ///
    /// tungstenite does not show every code. For example, it replaces 1014 with 1002.
    pub fn close_code(&self) -> Option<u16> {
        let payload = self.close_payload();
        payload.first_chunk().copied().map(u16::from_be_bytes)
    }

    /// Returns the code and the reason that the first Close had on the wire. Returns `None` in the same cases as
    /// [`FrameScanner::close_code`].
    pub fn close(&self) -> Option<CloseFrame> {
        let code = self.close_code()?.into();
        let payload = self.close_payload();
        let reason = String::from_utf8_lossy(payload.get(2..)?).into_owned();
        Some(CloseFrame {
            code,
            reason: reason.into(),
        })
    }

    fn close_payload(&self) -> Vec<u8> {
        let unmask = |close: &FirstClose| {
            let masked = close.payload.iter().zip(close.mask.iter().cycle());
            masked.map(|(byte, mask)| byte ^ mask).collect()
        };
        self.close.as_ref().map(unmask).unwrap_or_default()
    }

    fn on_header(&mut self, header: &Header) {
        match &mut self.close {
            Some(close) => close.is_open = false,
            None if header.opcode == u8::from(OpCode::Control(Control::Close)) => {
                self.close = Some(FirstClose {
                    mask: header.mask.unwrap_or_default(),
                    payload: Vec::new(),
                    is_open: true,
                });
            }
            None => {}
        }
    }

    fn on_payload(&mut self, piece: &[u8]) {
        if let Some(close) = self.close.as_mut().filter(|close| close.is_open) {
            let missing = (2 + MAX_REASON).saturating_sub(close.payload.len());
            close.payload.extend(piece.iter().take(missing));
        }
    }
}
