//! The `stdin` thread in a terminal: a line editor, which keeps what is being typed apart from what comes.

pub mod screen;
pub mod tty;

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use rustyline::completion::Completer;
use rustyline::config::{BellStyle, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, Helper,
    KeyEvent, Movement, RepeatCount,
};

use crate::client::Client;

use crate::client::lost::Lost;
use crate::client::stdin::MAX_LINE;
use crate::client::talk::{Leaving, Talk};
use screen::{Screen, Shared, tell};

const PROMPT: &str = "> ";

const QUIT: &str = "/quit";

/// What `/help` tells of the client, after what the server tells of itself.
const HELP: &str = "/quit leaves, as Ctrl-D does; Ctrl-C clears the line, and leaves if there is none; the arrow keys \
                    bring lines back";

impl Client {
    /// Edits lines in the terminal on stdin and stdout, and shows what comes above them, until the connection ends for
    /// good. The terminal is as it was afterwards.
    ///
    /// # Errors
    /// As for [`Client::run`](crate::client::Client::run).
    pub fn run_in_terminal(self, paints: bool) -> Result<(), Lost> {
        let shared = Arc::new(Shared::default());
        let (editor, printer) = match editor(&shared, &self.talk) {
            Ok(editor) => editor,
            // Then it is a plain line client.
            Err(_) => return self.run(std::io::stdin(), std::io::stdout()),
        };
        tty::prepare();
        let screen = Arc::clone(&shared);
        let stdin = move |talk: &Arc<Talk>| run(talk, editor, &screen, paints);
        let mut screen = Screen {
            shared: Arc::clone(&shared),
            printer,
            paints,
        };
        let ended = self.run_with(stdin, &mut screen);
        // If the thread that edits is left behind, it has a prompt and perhaps a half-typed line there.
        shared.end_editing("\r\x1b[J");
        tty::restore();
        ended
    }
}

type LineEditor = Editor<Typing, DefaultHistory>;

/// The editor, and what wakes it.
fn editor(
    shared: &Arc<Shared>,
    talk: &Arc<Talk>,
) -> rustyline::Result<(LineEditor, impl rustyline::ExternalPrinter + use<>)> {
    let config = Config::builder()
        .bell_style(BellStyle::None)
        // Whether or not anything is painted: what comes is drawn where a prompt would be painted.
        .color_mode(ColorMode::Forced)
        .build();
    let mut editor = LineEditor::with_config(config)?;
    editor.set_helper(Some(Typing {
        shared: Arc::clone(shared),
        talk: Arc::clone(talk),
        vanishes: Cell::new(false),
    }));
    let clear = EventHandler::Conditional(Box::new(ClearLine));
    editor.bind_sequence(KeyEvent::ctrl('C'), clear);
    let printer = editor.create_external_printer()?;
    Ok((editor, printer))
}

fn run(talk: &Arc<Talk>, mut editor: LineEditor, shared: &Shared, paints: bool) {
    let why = loop {
        shared.begin_editing();
        let typed = editor.readline(PROMPT);
        shared.pause_editing();
        match typed {
            Ok(text) if text.trim() == QUIT => break Leaving::EndOfInput { skipped: 0 },
            Ok(text) => {
                // Only a full history would refuse it, and ours forgets the oldest.
                let _ = editor.add_history_entry(text.as_str());
                for line in text.lines() {
                    say(talk, line, shared, paints);
                }
            }
            Err(ReadlineError::Interrupted) => break Leaving::Asked,
            Err(ReadlineError::Eof) => break Leaving::EndOfInput { skipped: 0 },
            // Bytes that are no UTF-8 were typed. The rest of the line is lost, and the next one begins.
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {}
            Err(ReadlineError::Io(error)) => break Leaving::Input(error),
            Err(error) => break Leaving::Input(std::io::Error::other(error)),
        }
        if talk.leaving().is_some() {
            return;
        }
    };
    // Enter was pressed on `/quit`, or another key on an empty line: only a prompt is above.
    shared.end_editing("\x1b[A\r\x1b[J");
    // The socket thread may just be waking it. Nobody listens any more, so that fails from now on, and does not wait.
    drop(editor);
    match why {
        Leaving::Asked => drop(talk.leave(why)),
        why => talk.finish(why),
    }
}

fn say(talk: &Arc<Talk>, line: &str, shared: &Shared, paints: bool) {
    let tell = |sentence: &str| tell(shared, sentence, paints);
    if line.len() > MAX_LINE {
        return tell(
            "not said, for it is longer than 16,384 bytes; the up arrow key brings it back",
        );
    }
    if line.trim() == "/help" {
        tell(HELP);
    }
    if !talk.keep(line) {
        return tell("not said, for too many lines wait already; the up arrow key brings it back");
    }
    if !talk.is_connected() {
        tell(&format!("waits for a connection: {line}"));
    }
    talk.send_aside();
}

/// Clears a line that has been begun. On an empty one the key does what it always does: it leaves.
struct ClearLine;

impl ConditionalEventHandler for ClearLine {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, typed: &EventContext) -> Option<Cmd> {
        (!typed.line().is_empty()).then_some(Cmd::Kill(Movement::WholeBuffer))
    }
}

/// What the editor asks us while it edits.
struct Typing {
    shared: Arc<Shared>,
    talk: Arc<Talk>,
    /// Whether the line was accepted and will come back with its number, so that it is drawn no more.
    vanishes: Cell<bool>,
}

impl Highlighter for Typing {
    /// Draws what has come, and below it the prompt.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let lines = self.shared.take();
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
