//! The last lines of a history file, read from its end. So a server opens a file of 1 GB as fast as a file of 1 MB.

use std::io::{self, Read, Seek, SeekFrom};

use thiserror::Error;

use crate::base::line;
use crate::server::history_file::room_line::{self, RoomLine};
use crate::server::room::history::kept::MAX_BYTES;

/// How much of a file's end is read first: 64 KiB. While this window holds too few lines, its size is doubled.
const FIRST_WINDOW: u64 = 64 * 1024;

/// The maximum size of the window at the end of a file: 128 MiB, over twice the size of the longest line.
const MAX_WINDOW: u64 = 128 * 1024 * 1024;

/// The highest line number. A room with a million lines a second reaches it after 292,000 years.
const MAX_NUMBER: u64 = i64::MAX as u64;

const NO_ROOM_LINE: &str = "its first line is not `* transcript of room` and the id of a room";

const ZEROS_FIRST: &str = "its first line has zeros, which a crash of the file system may leave";

const NO_LINE_END: &str = "its last 128 MiB have no line end";

/// Only the user can know where the zeros are from. If a crash left them, no line after them has a receipt.
const AFTER_ZEROS: &str = "begins with zeros, which a crash of the machine may leave; \
    to give up this line and all lines after it, `truncate` the file to that many bytes";

/// The end of a history file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tail {
    /// The room's id, or `None` if the file has no complete first line yet.
    pub room: Option<String>,
    /// The number of the first of `lines`, or 1 if `lines` is empty.
    pub first: u64,
    /// The last lines: at most as many as were requested, but at least one if the file has one.
    pub lines: Vec<String>,
    /// The length of the file in bytes, up to the end of its last complete line.
    pub length: u64,
    /// How many bytes a crash has left after the last complete line: a part of a line, or zeros.
    pub torn: u64,
}

/// Why the end of a file cannot be read.
#[derive(Debug, Error)]
pub enum TailError {
    /// A system call failed.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// The file is not a transcript. The string says why.
    #[error("it is not a transcript of a room: {0}")]
    NotATranscript(String),
}

impl TailError {
    fn new(reason: impl Into<String>) -> TailError {
        TailError::NotATranscript(reason.into())
    }
}

impl Tail {
    /// Reads the last `max_lines` lines, or fewer if their total size exceeds [`MAX_BYTES`], but at least one.
    ///
    /// # Errors
    /// [`TailError`] if the file cannot be read, or if it is not a transcript.
    pub fn read(file: &mut (impl Read + Seek), max_lines: usize) -> Result<Tail, TailError> {
        let end = file.seek(SeekFrom::End(0))?;
        // After a crash of the machine, a file may end in zeros that no server has written.
        let data_end = end_of_data(file, end)?;
        let begin = room_line::LENGTH as u64;
        let first_line = read_at(file, 0, end.min(begin))?;
        let first_data = first_line.get(..data_end as usize).unwrap_or(&first_line);
        let room = match room_line::parse(first_data) {
            RoomLine::Complete(room) => Some(room),
            RoomLine::Incomplete if end <= begin => {
                return Ok(Tail {
                    first: 1,
                    torn: end,
                    ..Tail::default()
                });
            }
            _ if first_line.contains(&0) => return Err(TailError::new(ZEROS_FIRST)),
            _ => return Err(TailError::new(NO_ROOM_LINE)),
        };
        let mut window = FIRST_WINDOW;
        loop {
            let start = data_end.saturating_sub(window).max(begin);
            let bytes = read_at(file, start, data_end - start)?;
            let complete = CompleteLines::new(&bytes, start, start == begin);
            if start == begin || complete.has_enough(max_lines) {
                let (first, lines) = complete.last(max_lines)?;
                let length = complete.end();
                return Ok(Tail {
                    room,
                    first,
                    lines,
                    length,
                    torn: end - length,
                });
            }
            if window >= MAX_WINDOW {
                return Err(TailError::new(NO_LINE_END));
            }
            window *= 2;
        }
    }
}

/// The complete lines in the last part of a file.
struct CompleteLines<'a> {
    /// The bytes from the beginning of the first line to the end of the last one.
    bytes: &'a [u8],
    /// The offset of `bytes` in the file.
    start: u64,
}

impl<'a> CompleteLines<'a> {
    /// Finds the complete lines in a window, which may begin within a line. `start` is the window's offset in the file.
    fn new(window: &'a [u8], start: u64, begins_a_line: bool) -> CompleteLines<'a> {
        let last_newline = window.iter().rposition(|byte| *byte == b'\n');
        let end = last_newline.map_or(0, |newline| newline + 1);
        let first_newline = window.iter().position(|byte| *byte == b'\n');
        let begin = match first_newline {
            _ if begins_a_line => 0,
            Some(newline) => newline + 1,
            None => end,
        };
        CompleteLines {
            bytes: &window[begin..end],
            start: start + begin as u64,
        }
    }

    /// Returns the offset in the file at which the lines end.
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Returns whether there are `max_lines` lines or over [`MAX_BYTES`] bytes, so that no larger window is needed.
    fn has_enough(&self, max_lines: usize) -> bool {
        let lines = self.bytes.iter().filter(|byte| **byte == b'\n').count();
        lines >= 1 && (lines >= max_lines || self.bytes.len() > MAX_BYTES)
    }

    /// Returns the last lines, and the number of the first of them.
    fn last(&self, max_lines: usize) -> Result<(u64, Vec<String>), TailError> {
        let mut lines = Vec::new();
        let (mut bytes, mut first) = (0, None);
        let mut rest = self.bytes;
        while let Some(before) = rest.strip_suffix(b"\n") {
            let begin = before.iter().rposition(|byte| *byte == b'\n');
            let begin = begin.map_or(0, |newline| newline + 1);
            let line = &before[begin..];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            bytes += line.len();
            if !lines.is_empty() && (lines.len() >= max_lines || bytes > MAX_BYTES) {
                break;
            }
            let number = number(line, first).map_err(|fault| {
                let place = self.start + begin as u64;
                let shown = String::from_utf8_lossy(&line[..line.len().min(40)]);
                TailError::new(format!("the line at byte {place}, {shown:?}, {fault}"))
            })?;
            first = Some(number);
            lines.push(line::clean(&String::from_utf8_lossy(line)).into_owned());
            rest = &rest[..begin];
        }
        lines.reverse();
        Ok((first.unwrap_or(1), lines))
    }
}

/// Returns the number of a line, or what is wrong with the line. `next` is the number of the line after it.
fn number(line: &[u8], next: Option<u64>) -> Result<u64, String> {
    let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8")?;
    match line::number(text) {
        Some(number @ 1..=MAX_NUMBER) => match next {
            Some(next) if number + 1 != next => Err(format!("is followed by line {next}")),
            _ => Ok(number),
        },
        _ if line.first() == Some(&0) => Err(AFTER_ZEROS.to_owned()),
        _ => Err("has no number".to_owned()),
    }
}

/// Returns the offset of the zeros at the end of a file, or `end` if there are none.
fn end_of_data(file: &mut (impl Read + Seek), mut end: u64) -> io::Result<u64> {
    while end > 0 {
        let start = end.saturating_sub(FIRST_WINDOW);
        let bytes = read_at(file, start, end - start)?;
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

fn read_at(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
