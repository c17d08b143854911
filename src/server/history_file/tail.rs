//! The last lines of a history file, read from its end: a file of 1 GB costs no more than one of 1 MB.

use std::io::{self, Read, Seek, SeekFrom};

use thiserror::Error;

use crate::base::line;
use crate::server::history_file::room_line::{self, RoomLine};
use crate::server::room::history::kept::MAX_BYTES;

/// How much is read first: 64 KiB. If the lines need more, twice as much is read, and so on.
const FIRST_WINDOW: u64 = 64 * 1024;

/// How much is read at most: 128 MiB, several times the longest line and the largest group of the keeper.
const MAX_WINDOW: u64 = 128 * 1024 * 1024;

/// The highest number of a line: a room in which a million lines are said each second reaches it after 292,000 years.
const MAX_NUMBER: u64 = i64::MAX as u64;

/// The end of a history file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tail {
    /// The room's id, or `None` if the file has no whole first line yet.
    pub room: Option<String>,
    /// The number of the first of these lines. 1 if there is none.
    pub first: u64,
    /// The last lines: as many as are kept, but at least one, if there is one.
    pub lines: Vec<String>,
    /// The length of the file up to its last whole line.
    pub length: u64,
    /// How many bytes follow: the beginning of a line, or zeros, that a crash has left.
    pub torn: u64,
}

/// Why a file has no [`Tail`].
#[derive(Debug, Error)]
pub enum TailError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// It is no transcript, for this reason.
    #[error("it is no transcript of a room: {0}")]
    NotATranscript(&'static str),
}

impl Tail {
    /// Reads the last `max_lines` lines, but at most [`MAX_BYTES`], and at least one.
    ///
    /// # Errors
    /// [`TailError`] if the file cannot be read, or is not what a server has written.
    pub fn read(file: &mut (impl Read + Seek), max_lines: usize) -> Result<Tail, TailError> {
        let end = file.seek(SeekFrom::End(0))?;
        let begin = room_line::LENGTH as u64;
        let room = match room_line::parse(&read_at(file, 0, end.min(begin))?) {
            RoomLine::Complete(room) => Some(room),
            RoomLine::Incomplete => {
                return Ok(Tail {
                    first: 1,
                    torn: end,
                    ..Tail::default()
                });
            }
            RoomLine::Other => return Err(NO_ROOM_LINE),
        };
        let mut window = FIRST_WINDOW;
        loop {
            let start = end.saturating_sub(window).max(begin);
            let bytes = read_at(file, start, end - start)?;
            let whole = Whole::new(&bytes, start == begin);
            if start == begin || whole.has_enough(max_lines) {
                let (first, lines) = whole.last(max_lines)?;
                let length = start + whole.end as u64;
                return Ok(Tail {
                    room,
                    first,
                    lines,
                    length,
                    torn: end - length,
                });
            }
            if window >= MAX_WINDOW {
                return Err(TailError::NotATranscript("its end has no line"));
            }
            window *= 2;
        }
    }
}

const NO_ROOM_LINE: TailError =
    TailError::NotATranscript("its first line is not `* transcript of room` with the id of a room");

/// The whole lines at the end of a file.
struct Whole<'a> {
    /// From the beginning of a line to the end of one.
    bytes: &'a [u8],
    /// Where they end in the window.
    end: usize,
}

impl<'a> Whole<'a> {
    /// Finds the whole lines in a window, which may begin within a line.
    fn new(window: &'a [u8], begins_a_line: bool) -> Whole<'a> {
        // No line has a zero. After a crash of the machine, a file may be longer than what was written, and is zero there.
        let zero = window.iter().position(|byte| *byte == 0);
        let written = &window[..zero.unwrap_or(window.len())];
        let end = last_newline(written).map_or(0, |newline| newline + 1);
        let first_newline = written.iter().position(|byte| *byte == b'\n');
        let begin = match first_newline {
            _ if begins_a_line => 0,
            Some(newline) => newline + 1,
            None => end,
        };
        Whole {
            bytes: &window[begin..end],
            end,
        }
    }

    /// Returns whether the last lines that are wanted are here.
    fn has_enough(&self, max_lines: usize) -> bool {
        let lines = self.bytes.iter().filter(|byte| **byte == b'\n').count();
        lines >= 1 && (lines >= max_lines || self.bytes.len() > MAX_BYTES)
    }

    /// Returns the last lines, and the number of the first of them.
    fn last(&self, max_lines: usize) -> Result<(u64, Vec<String>), TailError> {
        let text = std::str::from_utf8(self.bytes);
        let text = text.map_err(|_| TailError::NotATranscript("a line is not UTF-8"))?;
        let mut lines = Vec::new();
        let (mut bytes, mut first) = (0, None);
        for line in text.lines().rev() {
            bytes += line.len();
            if !lines.is_empty() && (lines.len() >= max_lines || bytes > MAX_BYTES) {
                break;
            }
            let number = line::number(line).filter(|number| (1..=MAX_NUMBER).contains(number));
            let number = number.ok_or(TailError::NotATranscript("a line has no number"))?;
            if first.is_some_and(|next| number + 1 != next) {
                return Err(TailError::NotATranscript("a number is missing"));
            }
            first = Some(number);
            lines.push(line::clean(line).into_owned());
        }
        lines.reverse();
        Ok((first.unwrap_or(1), lines))
    }
}

fn last_newline(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|byte| *byte == b'\n')
}

fn read_at(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
