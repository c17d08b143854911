//! The screen of a terminal: the user types a line at the bottom, and received lines appear above it.
//!
//! At the bottom is a *block*: the pending lines, and the line that the user is typing. At each change, the client erases the block,
//! prints new lines in its place, and draws the block again below them. A thread holds one lock for all of this, including the write. So
//! a thread that waits for the lock may wait for the terminal, but never for the server.
//!
//! # No questions to the terminal
//! The client never asks the terminal where the cursor is. Each row of the block is at most as wide as the window, and a
//! newline separates the rows. So the terminal breaks no row, and the client knows the number of rows. This still holds when
//! the window becomes wider. When it becomes narrower, some terminals break the rows that no longer fit, and others truncate
//! them ([`reflow`]). Some, such as tmux, break the rows first and report the new size a moment later. If the client draws
//! in between, a row of the block stays on the screen, but no line is erased.
//!
//! To place the cursor, the client writes the text before the cursor again. So the cursor stands where that text ends on the screen.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::output::colorize::Colorizer;
use crate::client::output::{Output, Style};
use crate::client::state::ClientState;
use crate::client::terminal::editor::{Action, Editor};
use crate::client::terminal::keys::Key;
use crate::client::terminal::layout::{Layout, cut, shown, width};
use crate::client::terminal::names::{Completion, KnownNames};
use crate::client::terminal::{reflow, tty};

/// The maximum number of pending lines that are shown, each in its own row.
const MAX_PENDING_ROWS: usize = 3;
/// Makes the terminal show no change until [`END`], which prevents flicker. Some terminals ignore this sequence.
const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[?2026l";
/// Makes the terminal truncate rows that are too wide. [`BREAK`] makes it break such rows again, which is the default.
const CUT: &str = "\x1b[?7l";
const BREAK: &str = "\x1b[?7h";
/// Moves the cursor to the top left corner, and clears the screen.
const CLEAR: &str = "\x1b[H\x1b[J";

/// The screen with its lock. The socket thread shows lines, `stdin` shows the typed text, and `signals` redraws for a new size.
pub(super) type SharedScreen = Arc<Mutex<Screen>>;

pub(super) fn lock(screen: &SharedScreen) -> MutexGuard<'_, Screen> {
    // A thread that panics while it holds the lock poisons it. Ignore that, because the panic ends the process.
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Output for SharedScreen {
    fn show_line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        lock(self).show_line(line, own)
    }

    fn show_notice(&mut self, sentence: &str) {
        let _ = lock(self).show_notice(sentence);
    }

    fn refresh(&mut self) {
        let _ = lock(self).draw();
    }
}

/// What the client shows in the terminal. Methods fail if a write to the terminal fails. A caller may ignore that error,
/// because the next line from the server causes it again and ends the client.
#[derive(Debug)]
pub(super) struct Screen {
    state: Arc<ClientState>,
    colorizer: Colorizer,
    /// Whether the user may type. If not, only the pending lines are shown.
    is_editing: bool,
    /// Whether the block has been removed for good.
    is_removed: bool,
    editor: Editor,
    /// The rows of the editor's text. `None` if the text may have changed since they were computed.
    layout: Option<Layout>,
    /// The index of the first visible row of the text. Text taller than half of the window is shown only in part.
    top: usize,
    names: KnownNames,
    /// The height of the window when the block was last drawn, in rows. `columns` is its width.
    rows: usize,
    columns: usize,
    drawn_block: ScreenBlock,
}

/// The rows of the block, and where the cursor is in them.
#[derive(Debug, Default)]
struct ScreenBlock {
    rows: Vec<String>,
    /// The index of the row that the cursor is in.
    cursor_row: usize,
    /// The text of `cursor_row` before the cursor.
    before: String,
}

impl Screen {
    /// Creates a screen on which no block is drawn yet.
    pub(super) fn new(state: Arc<ClientState>, style: Style) -> Screen {
        Screen {
            state,
            colorizer: Colorizer::new(style),
            is_editing: true,
            is_removed: false,
            editor: Editor::default(),
            layout: None,
            top: 0,
            names: KnownNames::default(),
            rows: 0,
            columns: 0,
            drawn_block: ScreenBlock::default(),
        }
    }

    /// Handles a key, and returns what the caller must do next. The caller must also draw the screen again.
    pub(super) fn press(&mut self, key: Key) -> Action {
        self.layout = None;
        let action = self.editor.press(key);
        if action == Action::Complete {
            match self.names.complete(self.editor.before()) {
                Completion::Tab => self.editor.insert("\t"),
                Completion::Word(word) => self.editor.replace_word(&word),
                Completion::Several(names) => _ = self.show_notice(&names.join(" ")),
            }
        }
        action
    }

    /// Puts unsent text back into the editor.
    pub(super) fn put_back(&mut self, text: String) {
        self.layout = None;
        self.editor.set(text);
    }

    /// Draws the block again, for example because the size of the window has changed.
    pub(super) fn draw(&mut self) -> io::Result<()> {
        self.print("")
    }

    /// Prints a line of the chat above the block. `own` is our name in the room.
    pub(super) fn show_line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        self.names.on_line(line);
        let line = self.colorizer.format(line, own);
        self.print(&(line + "\n"))
    }

    /// Prints a notice of the client above the block.
    pub(super) fn show_notice(&mut self, sentence: &str) -> io::Result<()> {
        let notice = self.colorizer.format(&format!("* {sentence}"), None);
        self.print(&(notice + "\n"))
    }

    /// Prints whole lines above the block, and draws the block again.
    pub(super) fn print(&mut self, lines: &str) -> io::Result<()> {
        if self.is_removed {
            return tty::write(lines);
        }
        // Get the size each time. A key may arrive before the signal that reports a new size.
        let (rows, columns) = tty::size();
        let erased = self.erased(columns);
        (self.rows, self.columns) = (rows, columns);
        let block = self.block();
        let mut drawn = format!("{BEGIN}{erased}{lines}{CUT}{}", block.rows.join("\n"));
        let below = block.rows.len().saturating_sub(block.cursor_row + 1);
        if below > 0 {
            drawn.push_str(&format!("\x1b[{below}A"));
        }
        drawn.push_str(&format!("\r{}{BREAK}{END}", block.before));
        self.drawn_block = block;
        tty::write(&drawn)
    }

    /// Returns the text that erases the block in a window of this width and leaves the cursor where the first row was.
    fn erased(&self, columns: usize) -> String {
        let block = &self.drawn_block;
        let up = if columns < self.columns && reflow::breaks_rows() {
            let mut widths = block.rows.iter().map(|row| width(row));
            let above: Vec<usize> = widths.by_ref().take(block.cursor_row).collect();
            let own = widths.next().unwrap_or(0);
            reflow::rows_above(&above, own, width(&block.before), columns)
        } else {
            block.cursor_row
        };
        match up {
            _ if block.rows.is_empty() => String::new(),
            0 => "\r\x1b[J".to_owned(),
            up => format!("\x1b[{up}A\r\x1b[J"),
        }
    }

    fn block(&mut self) -> ScreenBlock {
        let mut rows = self.pending_rows();
        if !self.is_editing {
            return ScreenBlock {
                cursor_row: rows.len().saturating_sub(1),
                before: rows.last().cloned().unwrap_or_default(),
                rows,
            };
        }
        let known = self.layout.take();
        let known = known.filter(|layout| layout.columns == self.columns);
        let layout = known.unwrap_or_else(|| Layout::new(&self.editor.text, self.columns));
        let (text, cursor) = (&self.editor.text, self.editor.before().len());
        let row = layout.row_of(cursor);
        let height = layout.rows().min((self.rows / 2).max(1));
        let highest = row.saturating_sub(height - 1);
        self.top = self.top.min(layout.rows() - height).clamp(highest, row);
        let cursor_row = rows.len() + row - self.top;
        let before = layout.row(text, row, cursor);
        rows.extend((self.top..self.top + height).map(|row| layout.row(text, row, text.len())));
        if let Some(lines) = self.editor.question() {
            let keys = "press y to send them, or another key to edit them";
            rows.push(cut(&format!("send {lines} lines? {keys}"), self.columns));
        }
        self.layout = Some(layout);
        ScreenBlock {
            rows,
            cursor_row,
            before,
        }
    }

    fn pending_rows(&self) -> Vec<String> {
        let most = MAX_PENDING_ROWS.min(self.rows / 4);
        let columns = self.columns;
        let is_open = self.state.is_open();
        self.state.resume(|resume| {
            // Without a name, the client expects no receipts, so a line is pending only until it is sent.
            let is_shown = resume.name.is_some() || !is_open;
            let most = if is_shown { most } else { 0 };
            // Only the beginning of a long line is shown, so process no more of it.
            let beginning = |line: &str| shown(&line.chars().take(columns).collect::<String>());
            let mut rows: Vec<String> = resume.pending.lines().take(most).map(beginning).collect();
            let more = resume.pending.total().saturating_sub(rows.len());
            if more > 0 && !rows.is_empty() {
                rows.push(format!("{more} more"));
            }
            let row = |row: &String| cut(&format!("pending: {row}"), columns);
            rows.iter().map(row).collect()
        })
    }

    /// Clears the screen, and shows our name, if we have one, at the top.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.drawn_block = ScreenBlock::default();
        let name = self.state.resume(|resume| resume.name.clone());
        tty::write(CLEAR)?;
        match name {
            Some(name) => self.show_notice(&format!("you are {name}")),
            None => self.draw(),
        }
    }

    /// Erases the block, stops the process until it is continued, and draws the block again.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        tty::write(&self.erased(self.columns))?;
        self.drawn_block = ScreenBlock::default();
        tty::suspend();
        self.draw()
    }

    /// Hides the typed line for good. The pending lines are still shown.
    pub(super) fn stop_editing(&mut self) {
        self.is_editing = false;
        let _ = self.draw();
    }

    /// Removes the block for good.
    pub(super) fn remove(&mut self) {
        let _ = tty::write(&self.erased(self.columns));
        self.is_removed = true;
    }
}
