//! The `stdin` thread in a terminal: a line editor, which keeps what is being typed apart from what comes.

mod keys;
pub mod screen;
pub mod shared;
pub mod tty;
mod typing;

use std::sync::Arc;

use rustyline::error::ReadlineError;

use crate::client::connected::Client;
use crate::client::leaving::Handle;
use crate::client::lost::Lost;
use crate::client::stdin::MAX_LINE;
use crate::client::talk::{Leaving, Talk};
use crate::client::terminal::screen::{Screen, tell};
use crate::client::terminal::shared::Shared;
use crate::client::terminal::typing::LineEditor;

const PROMPT: &str = "> ";

const QUIT: &str = "/quit";

/// What `/help` tells of the client, after what the server tells of itself.
const HELP: &str = "/quit leaves, as Ctrl-D does; Ctrl-C clears the line, and leaves if there is none; the arrow keys \
                    bring lines back";

impl Client {
    /// Edits lines in the terminal on stdin and stdout, and shows what comes above them, until the connection ends for
    /// good. The terminal is as it was afterwards.
    ///
    /// `goodbye` is called when Ctrl-C is pressed to leave. It has to leave and, if [`Handle::leave`] cannot make this
    /// return, to end the process.
    ///
    /// # Errors
    /// As for [`Client::run`](crate::client::Client::run).
    pub fn run_in_terminal(
        self,
        paints: bool,
        goodbye: impl FnOnce(Handle) + Send + 'static,
    ) -> Result<(), Lost> {
        let shared = Arc::new(Shared::default());
        let (editor, printer) = match typing::editor(&shared, &self.talk, paints) {
            Ok(editor) => editor,
            // Then it is a plain line client.
            Err(_) => return self.run(std::io::stdin(), std::io::stdout()),
        };
        tty::prepare();
        let screen = Arc::clone(&shared);
        let stdin = move |talk: &Arc<Talk>| match edit(talk, editor, &screen, paints) {
            None => {}
            Some(Leaving::Asked) => goodbye(Handle(Arc::clone(talk))),
            Some(why) => talk.finish(why),
        };
        let mut screen = Screen::new(shared, printer, paints);
        let ended = self.run_with(stdin, &mut screen);
        screen.end();
        tty::restore();
        ended
    }
}

/// Edits lines and says them, until somebody leaves. Returns why we do, if it is our doing.
///
/// The editor is gone then. It must be: the socket thread may just be waking it, and whoever leaves waits for the socket
/// thread. Once nobody can be woken any more, that fails, and does not wait.
fn edit(
    talk: &Arc<Talk>,
    mut editor: LineEditor,
    shared: &Shared,
    paints: bool,
) -> Option<Leaving> {
    let why = loop {
        if !shared.begin_editing() {
            return None;
        }
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
            return None;
        }
    };
    // Enter was pressed on `/quit`, or another key on an empty line: only a prompt is above. (A SIGINT that another
    // process sends may come at any time; then rows of a long line stay on the screen.)
    shared.end_editing("\x1b[A\r\x1b[J");
    Some(why)
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
