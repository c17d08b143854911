//! The line that is being typed: its text, its cursor, and the history of earlier lines. This module uses no terminal.

use std::mem;

use unicode_segmentation::UnicodeSegmentation;

use crate::client::terminal::keys::{Key, MAX_PASTE};
use crate::client::terminal::names::last_word;

/// The maximum number of earlier lines that the arrow keys can recall.
const MAX_HISTORY: usize = 1000;
/// The maximum number of lines that the editor sends without asking for confirmation: 5.
const MAX_UNCONFIRMED: usize = 5;

/// What the client must do after a key.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Action {
    /// Only draw the text again.
    Edited,
    /// Send the lines of this text.
    Say(String),
    /// Complete the word before the cursor.
    Complete,
    /// Leave immediately: Ctrl-C on an empty line.
    Leave,
    /// Leave when all receipts have arrived: Ctrl-D on an empty line.
    End,
    /// Stop the process until it is continued: Ctrl-Z.
    Suspend,
    /// Clear the screen: Ctrl-L.
    ClearScreen,
}

/// The text that is being typed, its cursor, and the history of earlier lines.
#[derive(Debug, Default)]
pub(super) struct Editor {
    pub(super) text: String,
    /// The offset of the cursor in the text, in bytes.
    cursor: usize,
    /// The text that a command such as Ctrl-K last deleted. Ctrl-Y inserts it.
    killed: String,
    history: Vec<String>,
    /// The index of the history line that is shown. An index equal to the history's length stands for `typed`.
    shown: usize,
    typed: String,
    /// Whether the editor is asking for confirmation before it sends many lines.
    is_confirming: bool,
}

impl Editor {
    /// Returns the text before the cursor.
    pub(super) fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// If the editor is asking for confirmation, returns how many lines it would send. Otherwise returns `None`.
    pub(super) fn question(&self) -> Option<usize> {
        self.is_confirming.then(|| lines(&self.text))
    }

    pub(super) fn press(&mut self, key: Key) -> Action {
        if mem::take(&mut self.is_confirming) {
            return match key {
                Key::Char('y' | 'Y') => self.say(),
                _ => Action::Edited,
            };
        }
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::Paste(text) => self.insert(&text),
            Key::Enter if lines(&self.text) > MAX_UNCONFIRMED => self.is_confirming = true,
            Key::Enter => return self.say(),
            Key::Tab => return Action::Complete,
            Key::Ctrl('C') if self.text.is_empty() => return Action::Leave,
            Key::Ctrl('D') if self.text.is_empty() => return Action::End,
            Key::Ctrl('L') => return Action::ClearScreen,
            Key::Ctrl('Z') => return Action::Suspend,
            Key::Ctrl('B') => self.cursor = self.grapheme_before(),
            Key::Ctrl('F') => self.cursor = self.grapheme_after(),
            Key::Alt('b') => self.cursor = self.word_before(),
            Key::Alt('f') => self.cursor = self.word_after(),
            Key::Ctrl('A') => self.cursor = 0,
            Key::Ctrl('E') => self.cursor = self.text.len(),
            Key::Backspace => self.delete(self.grapheme_before(), self.cursor),
            Key::Delete | Key::Ctrl('D') => self.delete(self.cursor, self.grapheme_after()),
            Key::Ctrl('C') => self.set(String::new()),
            Key::Ctrl('K') => self.kill(self.cursor, self.text.len()),
            Key::Ctrl('U') => self.kill(0, self.cursor),
            Key::Ctrl('W') => self.kill(self.word_before(), self.cursor),
            Key::Alt('d') => self.kill(self.cursor, self.word_after()),
            Key::Ctrl('Y') => self.insert(&self.killed.clone()),
            Key::Ctrl('P') => self.recall(true, 0),
            Key::Ctrl('N') => self.recall(false, 0),
            // These keys recall only lines that begin with the text before the cursor, so no search prompt is needed.
            Key::Ctrl('R') => self.recall(true, self.cursor),
            Key::Ctrl('S') => self.recall(false, self.cursor),
            // Other keys with Ctrl or Alt have no effect.
            Key::Ctrl(_) | Key::Alt(_) => {}
        }
        Action::Edited
    }

    fn say(&mut self) -> Action {
        let text = mem::take(&mut self.text);
        if !text.is_empty() && self.history.last() != Some(&text) {
            self.history.push(text.clone());
            let over = self.history.len().saturating_sub(MAX_HISTORY);
            self.history.drain(..over);
        }
        self.set(String::new());
        Action::Say(text)
    }

    /// Replaces the text, and moves the cursor to its end.
    pub(super) fn set(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
        self.shown = self.history.len();
    }

    /// Inserts `text` at the cursor. Drops what would make the editor's text longer than [`MAX_PASTE`].
    pub(super) fn insert(&mut self, text: &str) {
        let room = MAX_PASTE.saturating_sub(self.text.len()).min(text.len());
        let end = (0..=room).rev().find(|&end| text.is_char_boundary(end));
        let text = end.and_then(|end| text.get(..end)).unwrap_or_default();
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    /// Replaces the word before the cursor with `text`.
    pub(super) fn replace_word(&mut self, text: &str) {
        let word = last_word(self.before()).len();
        self.delete(self.cursor.saturating_sub(word), self.cursor);
        self.insert(text);
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.drain(from..to);
        self.cursor = from;
    }

    fn kill(&mut self, from: usize, to: usize) {
        self.killed = self.text.get(from..to).unwrap_or_default().to_owned();
        self.delete(from, to);
    }

    fn grapheme_before(&self) -> usize {
        let mut graphemes = self.before().grapheme_indices(true);
        graphemes.next_back().map_or(0, |(at, _)| at)
    }

    fn grapheme_after(&self) -> usize {
        let grapheme = self.after().graphemes(true).next();
        self.cursor + grapheme.map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let mut words = self.before().unicode_word_indices();
        words.next_back().map_or(0, |(at, _)| at)
    }

    fn word_after(&self) -> usize {
        let word = self.after().unicode_word_indices().next();
        word.map_or(self.text.len(), |(at, word)| self.cursor + at + word.len())
    }

    /// Shows the next older or newer line that begins with the text's first `fixed` bytes. After the newest, shows `typed`.
    fn recall(&mut self, older: bool, fixed: usize) {
        let count = self.history.len();
        if self.shown == count {
            self.typed.clone_from(&self.text);
        }
        let beginning = self.text.get(..fixed).unwrap_or_default();
        let fits = |&at: &usize| {
            let line = self.history.get(at);
            line.is_some_and(|line| line.starts_with(beginning) && *line != self.text)
        };
        let found = match older {
            true => (0..self.shown).rfind(fits).unwrap_or(self.shown),
            false => (self.shown + 1..count).find(fits).unwrap_or(count),
        };
        if found != self.shown {
            let line = self.history.get(found).unwrap_or(&self.typed);
            self.text.clone_from(line);
            self.shown = found;
        }
        let end = self.text.len();
        self.cursor = if fixed == 0 { end } else { fixed.min(end) };
    }
}

/// Returns how many non-empty lines `text` has.
fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.is_empty()).count()
}
