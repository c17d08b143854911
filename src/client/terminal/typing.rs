//! The line editor, and what it asks us while it edits.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use rustyline::completion::Completer;
use rustyline::config::{BellStyle, Config};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, Editor, ExternalPrinter, Helper};

use crate::client::talk::Talk;
use crate::client::terminal::keys;
use crate::client::terminal::shared::Shared;

/// The line editor.
pub type LineEditor = Editor<Typing, DefaultHistory>;

/// How long a key that sends several bytes may take for that, in milliseconds. Without a limit the Escape key alone
/// would make the editor wait for the rest, and draw nothing until another key is pressed.
const KEY: u16 = 500;

/// The editor, and what wakes it.
pub fn editor(
    shared: &Arc<Shared>,
    talk: &Arc<Talk>,
    paints: bool,
) -> rustyline::Result<(LineEditor, impl ExternalPrinter + Send + use<>)> {
    let config = Config::builder()
        .bell_style(BellStyle::None)
        // Whether or not anything is painted: what comes is drawn where a prompt would be painted.
        .color_mode(ColorMode::Forced)
        .keyseq_timeout(Some(KEY))
        .build();
    let mut editor = LineEditor::with_config(config)?;
    editor.set_helper(Some(Typing {
        shared: Arc::clone(shared),
        talk: Arc::clone(talk),
        vanishes: Cell::new(false),
    }));
    keys::bind(&mut editor, shared, talk, paints);
    let printer = editor.create_external_printer()?;
    Ok((editor, printer))
}

/// What the editor asks us while it edits.
pub struct Typing {
    shared: Arc<Shared>,
    talk: Arc<Talk>,
    /// Whether the line was accepted and will come back with its number, so that it is drawn no more.
    vanishes: Cell<bool>,
}

impl Highlighter for Typing {
    /// Draws what has come, and below it the prompt.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let lines = self.shared.draw();
        let prompt = if self.vanishes.get() { "" } else { prompt };
        Cow::Owned(lines + prompt)
    }

    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Borrowed(if self.vanishes.get() { "" } else { line })
    }

    /// The validator's message, which is drawn last.
    fn highlight_hint<'h>(&self, _: &'h str) -> Cow<'h, str> {
        self.vanishes.set(false);
        Cow::Borrowed("")
    }
}

impl Validator for Typing {
    /// Enter was pressed. A line that will come back with its number vanishes: the editor is given a message to draw
    /// behind it, so it draws once more, and a message of one newline makes it end where the prompt was.
    fn validate(&self, typed: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        self.shared.pause_editing();
        let line = typed.input();
        let is_command = line.starts_with('/') && !line.starts_with("//");
        let comes_back = !is_command && !line.is_empty() && self.talk.has_receipts();
        self.vanishes.set(comes_back);
        Ok(ValidationResult::Valid(comes_back.then(|| "\n".to_owned())))
    }
}

impl Completer for Typing {
    type Candidate = String;
}

impl Hinter for Typing {
    type Hint = String;
}

impl Helper for Typing {}
