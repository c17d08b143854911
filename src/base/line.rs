//! What a line is: the unit of the chat on every transport.
//!
#![doc = include_str!("../guide/text.md")]

use std::borrow::Cow;
use std::fmt;

/// How many lines one message may hold: 1,000. It bounds what a single frame makes the hub do before anybody else's turn.
pub const MAX_LINES: usize = 1000;

/// The lines of one message: at least one, at most [`MAX_LINES`], none empty, each
/// [cleaned](clean).
///
/// Whoever holds a value of this type need not check again. The text is cleaned on the thread of the connection that it
/// came from, not in the hub, whose time belongs to everybody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lines(String);

impl Lines {
    /// Takes a message apart at `\n` and `\r\n`, drops the empty lines and cleans the others.
    ///
    /// # Errors
    /// [`NoLines`] says why nothing of the message can be said: it has no line, or more than [`MAX_LINES`].
    pub fn parse(message: &str) -> Result<Lines, NoLines> {
        let mut lines = String::with_capacity(message.len());
        let mut count = 0;
        for line in message
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
        {
            if line.is_empty() {
                continue;
            }
            count += 1;
            if count > MAX_LINES {
                return Err(NoLines::TooMany);
            }
            if count > 1 {
                lines.push('\n');
            }
            lines.push_str(&clean(line));
        }
        if count == 0 {
            Err(NoLines::Empty)
        } else {
            Ok(Lines(lines))
        }
    }

    /// The lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split('\n')
    }

    /// How many lines there are, at least 1.
    pub fn count(&self) -> usize {
        self.iter().count()
    }
}

/// Why a message holds no [`Lines`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoLines {
    /// Every line of it is empty. That is no mistake: there is just nothing to say.
    Empty,
    /// It has more than [`MAX_LINES`] lines that are not empty.
    TooMany,
}

impl fmt::Display for NoLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoLines::Empty => f.write_str("a message without a line says nothing"),
            NoLines::TooMany => write!(f, "a message may have at most {MAX_LINES} lines"),
        }
    }
}

impl std::error::Error for NoLines {}

/// Replaces by U+FFFD what could take over a reader's terminal, end a line for it or show a line in another order: every
/// control character (C0, DEL, C1) but tab, the separators U+2028 and U+2029, and the controls of direction that have a
/// scope (U+202A to U+202E, U+2066 to U+2069).
///
/// So a line is one line for every reader, also for one that splits as Unicode does (UAX #14, BK, CR, LF and NL), as
/// Python's `splitlines` and an editor do.
///
/// The server cleans what it hands out; the client cleans what it prints all the same, because it may be talking to any
/// server. Text without such characters is borrowed, not copied.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_unsafe) {
        Cow::Owned(text.replace(is_unsafe, "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn is_unsafe(c: char) -> bool {
    let ends_a_line = matches!(c, '\u{2028}' | '\u{2029}');
    // Embeddings and overrides, then isolates: they move what stands beside the text. The marks of direction (U+200E,
    // U+200F, U+061C) have an effect where they stand only.
    let reorders = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || ends_a_line || reorders
}

/// The number that a line from the server begins with, or `None` if it is for its reader alone.
///
/// `42 anna: hello` and `43 * ben joined` have one, `* you are anna in room 5f3a09c1` has none.
pub fn number(line: &str) -> Option<u64> {
    let (digits, _) = line.split_once(' ')?;
    decimal(digits)
}

/// Reads a number that is written in ASCII digits and nothing else: `u64::from_str` would let a plus sign pass.
pub fn decimal(digits: &str) -> Option<u64> {
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_decimal {
        digits.parse().ok()
    } else {
        None
    }
}
