//! One direction of a connection, taken apart: heads of HTTP, their bodies, and frames. No socket, no thread.

use crate::base::frame::Header;

/// How much of a payload or a body is shown, in bytes: 80, a line of most terminals.
pub const MAX_SHOWN: usize = 80;

/// How much room is kept for what comes next, in bytes: 1 KiB, enough for most heads.
const MAX_KEPT: usize = 1024;

/// Something that has passed, as soon as all of it has come that is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Seen {
    /// The head of a request or of an answer, with the empty line.
    Head(Vec<u8>),
    /// A body of so many bytes, and its beginning.
    Body(u64, Vec<u8>),
    /// A frame: its header, the bytes of that, and the beginning of its payload, no longer masked.
    Frame(Header, Vec<u8>, Vec<u8>),
    /// So many bytes that the server takes for neither HTTP nor frames, and their beginning.
    Unknown(usize, Vec<u8>),
    /// The bytes of the beginning of this, whose rest never came.
    Begun(Expected, Vec<u8>),
    /// So many bytes never came of what was seen last.
    Lacking(u64),
}

/// What comes next in a direction.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Expected {
    /// A head.
    #[default]
    Head,
    /// A body of so many bytes, at least one.
    Body(u64),
    /// Frames, to the end.
    Frames,
    /// Nobody knows.
    Unknown,
}

/// What has passed in one direction and is not taken apart yet.
#[derive(Debug, Default)]
pub struct Stream {
    /// What comes next.
    pub expected: Expected,
    pending: Vec<u8>,
    /// How much of `pending` is taken apart.
    start: usize,
    /// How much is still to come of what has been seen: the part of a payload that is not shown.
    unseen: u64,
    /// How much has passed in all.
    bytes: u64,
}

impl Stream {
    /// Takes what has passed apart. `read_head` gets what may be a head, and says how long that is and what follows it, or
    /// `None` while it is not whole.
    pub fn take_apart(
        &mut self,
        bytes: &[u8],
        read_head: impl Fn(&[u8]) -> Option<(usize, Expected)>,
    ) -> Vec<Seen> {
        self.bytes += bytes.len() as u64;
        self.pending.extend_from_slice(bytes);
        self.pass(0);
        let mut seen = Vec::new();
        while let Some(next) = self.next(&read_head) {
            seen.push(next);
        }
        self.tidy();
        seen
    }

    /// The next whole thing, if it has come.
    fn next(&mut self, read_head: impl FnOnce(&[u8]) -> Option<(usize, Expected)>) -> Option<Seen> {
        let rest = self
            .pending
            .get(self.start..)
            .filter(|rest| !rest.is_empty())?;
        let (seen, length) = match self.expected {
            Expected::Head => {
                let (length, expected) = read_head(rest)?;
                let seen = match expected {
                    Expected::Unknown => unknown(rest.get(..length)?),
                    _ => Seen::Head(rest.get(..length)?.to_vec()),
                };
                self.expected = expected;
                (seen, length as u64)
            }
            Expected::Body(length) => {
                let seen = Seen::Body(length, beginning(rest, 0, length)?);
                self.expected = Expected::Head;
                (seen, length)
            }
            Expected::Frames => {
                let header = Header::parse(rest)?;
                let mut payload = beginning(rest, header.length, header.payload)?;
                if let Some(mask) = header.mask {
                    let masks = mask.iter().cycle();
                    payload.iter_mut().zip(masks).for_each(|(b, m)| *b ^= m);
                }
                let seen = Seen::Frame(header, rest.get(..header.length)?.to_vec(), payload);
                (seen, header.payload.saturating_add(header.length as u64))
            }
            Expected::Unknown => (unknown(rest), rest.len() as u64),
        };
        self.pass(length);
        Some(seen)
    }

    /// Keeps no more than what is not taken apart yet. What is sent at once may be as long as all that somebody has missed.
    fn tidy(&mut self) {
        self.pending.drain(..self.start.min(self.pending.len()));
        self.pending.shrink_to(MAX_KEPT);
        self.start = 0;
    }

    /// How many bytes it was in all, and what is left to be seen if nothing more comes.
    pub fn end(&self) -> (u64, Option<Seen>) {
        let rest = match self.pending.get(self.start..) {
            Some(begun @ [_, ..]) => Some(Seen::Begun(self.expected, begun.to_vec())),
            _ => (self.unseen > 0).then_some(Seen::Lacking(self.unseen)),
        };
        (self.bytes, rest)
    }

    /// Lets so many further bytes pass, of which some may still have to come.
    fn pass(&mut self, length: u64) {
        let wanted = self.unseen.saturating_add(length);
        let here = self.pending.len().saturating_sub(self.start);
        let passed = usize::try_from(wanted).unwrap_or(usize::MAX).min(here);
        self.start += passed;
        self.unseen = wanted - passed as u64;
    }
}

fn unknown(bytes: &[u8]) -> Seen {
    let shown = bytes.get(..MAX_SHOWN).unwrap_or(bytes);
    Seen::Unknown(bytes.len(), shown.to_vec())
}

/// What is shown of the `length` bytes from `start` on, once it is here.
fn beginning(bytes: &[u8], start: usize, length: u64) -> Option<Vec<u8>> {
    let shown = usize::try_from(length).unwrap_or(MAX_SHOWN).min(MAX_SHOWN);
    bytes.get(start..start + shown).map(<[u8]>::to_vec)
}
