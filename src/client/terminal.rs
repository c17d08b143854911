//! The `stdin` thread in a terminal: a line editor, which keeps what is being typed apart from what comes.

mod editor;
mod keys;
mod layout;
mod names;
mod reflow;
mod screen;
mod shared_screen;
mod signals;
pub mod tty;

use std::sync::Arc;

use crate::client::connected::Client;
use crate::client::lost_connection::LostConnection;
use crate::client::output::PlainOutput;
use crate::client::output::style::Style;
use crate::client::resume::replay::ServerKind;
use crate::client::state::ClientState;
use crate::client::state::exit_reason::ExitReason;
use crate::client::state::leave::Handle;
use crate::client::stdin::{InputOptions, MAX_LINE, QUIT};
use crate::client::terminal::editor::Action;
use crate::client::terminal::keys::KeyDecoder;
use crate::client::terminal::layout::PROMPT;
use crate::client::terminal::screen::Screen;
use crate::client::terminal::shared_screen::SharedScreen;

/// What `/help` tells of the client, after what the server tells of itself.
const HELP: &str = "/quit leaves, as Ctrl-D does; Ctrl-C clears the line, and leaves if there is none; the arrow keys \
                    bring lines back; Tab completes";

impl Client {
    /// Edits lines in the terminal on stdin and stdout, and shows what comes above them, until the connection ends for
    /// good. The terminal is as it was afterwards.
    ///
    /// `goodbye` is called when Ctrl-C is pressed to leave. It has to leave and, if [`Handle::leave`] cannot make this
    /// return, to end the process. From then on Ctrl-C is a signal again.
    ///
    /// # Errors
    /// As for [`Client::run`](crate::client::Client::run).
    pub fn run_in_terminal(
        self,
        style: Style,
        options: InputOptions,
        goodbye: impl FnOnce(Handle) + Send + 'static,
    ) -> Result<(), LostConnection> {
        self.state.resume(|resume| resume.pending.take_commands());
        tty::prepare();
        let mut screen = SharedScreen::new(Screen::new(Arc::clone(&self.state), style));
        if signals::handle(screen.clone()).is_err() {
            // Then it is a plain line client.
            tty::restore();
            let output = PlainOutput::new(std::io::stdout(), style);
            return self.run_with(std::io::stdin(), output, options);
        }
        let drawn = screen.clone();
        let stdin = move |state: &Arc<ClientState>| match edit(state, &drawn) {
            None => {}
            Some(why) => {
                // From now on Ctrl-C is a signal.
                tty::set_keys(false);
                if matches!(why, ExitReason::Asked) {
                    return goodbye(Handle(Arc::clone(state)));
                }
                drawn.lock().stop_editing();
                state.finish(why, options.linger, |sentence| {
                    let _ = drawn.lock().notice(sentence);
                });
            }
        };
        let ended = self.run_threads(stdin, &mut screen);
        screen.lock().end();
        tty::restore();
        ended
    }
}

/// Edits lines and says them, until the client leaves. Returns why it does, if that is the user's doing.
fn edit(state: &Arc<ClientState>, screen: &SharedScreen) -> Option<ExitReason> {
    let mut decoder = KeyDecoder::default();
    let mut bytes = [0; 4096];
    loop {
        let drawn = screen.lock().draw();
        let read = match drawn.and_then(|()| tty::read(&mut bytes)) {
            Ok(0) => return Some(ExitReason::EndOfInput { skipped: 0 }),
            Ok(read) => read,
            Err(error) => return Some(ExitReason::Input(error)),
        };
        if state.is_leaving() {
            return None;
        }
        for key in decoder.decode(bytes.get(..read).unwrap_or_default()) {
            let action = screen.lock().press(key);
            match act(action, state, screen) {
                Ok(None) => {}
                Ok(why) => return why,
                Err(error) => return Some(ExitReason::Input(error)),
            }
        }
    }
}

fn act(
    action: Action,
    state: &Arc<ClientState>,
    screen: &SharedScreen,
) -> std::io::Result<Option<ExitReason>> {
    match action {
        Action::Edited | Action::Complete => {}
        Action::Say(text) if text.trim() == QUIT => {
            return Ok(Some(ExitReason::EndOfInput { skipped: 0 }));
        }
        Action::Say(text) => say(state, text, screen)?,
        Action::Leave => return Ok(Some(ExitReason::Asked)),
        Action::End => return Ok(Some(ExitReason::EndOfInput { skipped: 0 })),
        Action::Suspend => screen.lock().suspend()?,
        Action::ClearScreen => screen.lock().clear()?,
    }
    Ok(None)
}

/// Has the lines of a text sent, and waits for nothing.
fn say(state: &Arc<ClientState>, text: String, screen: &SharedScreen) -> std::io::Result<()> {
    if !state.resume(|resume| resume.pending.has_room()) {
        let mut screen = screen.lock();
        screen.put_back(text);
        return screen.notice("too much waits to be said already: press Enter again later");
    }
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line.len() > MAX_LINE {
            screen.lock().notice(
                "a line is not said, for it is longer than 16,384 bytes; the up arrow key brings it back",
            )?;
            continue;
        }
        if !comes_back(state, line) {
            screen
                .lock()
                .print(&format!("{PROMPT}{}\n", layout::shown(line)))?;
        }
        if line.trim() == "/help" {
            screen.lock().notice(HELP)?;
        }
        state.resume(|resume| resume.pending.push(line));
    }
    state.send_aside();
    Ok(())
}

/// Whether a line comes back with its number, so that it is shown as pending until then.
fn comes_back(state: &ClientState, line: &str) -> bool {
    let is_command = line.starts_with('/') && !line.starts_with("//");
    let is_chat = |server| server == ServerKind::Numbering;
    !is_command && state.resume(|resume| is_chat(resume.server()) || resume.name().is_some())
}
