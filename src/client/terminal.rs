//! The `stdin` thread in a terminal: a line editor, which keeps the typed line separate from received lines.

pub mod editor;
pub mod keys;
pub mod layout;
pub mod names;
pub mod reflow;
pub mod screen;
pub mod tty;

use std::io;
use std::sync::{Arc, Mutex};

use rustix::process::{Signal, getpid, kill_process};

use crate::client::connected::Client;
use crate::client::end_reason::{EndReason, LostConnection};
use crate::client::output::{PlainOutput, Style};
use crate::client::state::ClientState;
use crate::client::stdin::{InputOptions, MAX_LINE, QUIT};
use crate::client::terminal::editor::Action;
use crate::client::terminal::keys::KeyDecoder;
use crate::client::terminal::layout::PROMPT;
use crate::client::terminal::screen::{Screen, SharedScreen, lock};

/// What `/help` shows about the client. The server's own answer follows.
const HELP: &str = "/quit or Ctrl-D leaves; Ctrl-C clears the line, or leaves if it is empty; the arrow keys recall \
                    lines; Tab completes names and commands";
/// The notice about a line that is too long.
const TOO_LONG: &str =
    "a line was not sent: it is longer than 16,384 bytes; the up arrow key recalls it";

impl Client {
    /// Lets the user edit lines in the terminal on stdin and stdout, and shows received lines above them, until the client
    /// ends. Then restores the terminal. Returns what [`Client::run`](crate::client::Client::run) returns.
    ///
    /// Ctrl-C on an empty line sends SIGINT to this process. From then on, the terminal itself turns Ctrl-C into a signal,
    /// so the next Ctrl-C is the second signal.
    pub fn run_in_terminal(
        self,
        style: Style,
        options: InputOptions,
    ) -> Result<(), LostConnection> {
        self.state
            .resume(|resume| resume.pending.takes_commands = true);
        tty::prepare();
        let mut screen = Arc::new(Mutex::new(Screen::new(Arc::clone(&self.state), style)));
        let (resized, drawn) = (Arc::clone(&screen), Arc::clone(&screen));
        if tty::handle_signals(move || drop(lock(&resized).draw())).is_err() {
            // Without this handler, a signal could leave the terminal's settings changed. So use no line editor.
            tty::restore();
            let output = PlainOutput::new(io::stdout(), style);
            return self.run(io::stdin(), output, options);
        }
        let stdin = move |state: &Arc<ClientState>| {
            let why = edit(state, &drawn).unwrap_or_else(|error| Some(EndReason::Input(error)));
            let Some(why) = why else {
                return;
            };
            // From now on, Ctrl-C is a signal.
            tty::set_keys(false);
            if matches!(why, EndReason::LeaveRequested) {
                // This cannot fail, because a process may send a signal to itself.
                let _ = kill_process(getpid(), Signal::INT);
                return;
            }
            lock(&drawn).stop_editing();
            state.finish(why, options.linger);
        };
        let ended = self.run_threads(stdin, &mut screen);
        lock(&screen).remove();
        tty::restore();
        ended
    }
}

/// Edits and sends lines until the client leaves. Returns the user's reason to leave, if any. Fails if terminal I/O fails.
fn edit(state: &Arc<ClientState>, screen: &SharedScreen) -> io::Result<Option<EndReason>> {
    let mut decoder = KeyDecoder::default();
    let mut bytes = [0; 4096];
    loop {
        lock(screen).draw()?;
        let read = tty::read(&mut bytes)?;
        if read == 0 {
            return Ok(Some(EndReason::Finished));
        }
        if state.is_leaving() {
            return Ok(None);
        }
        for key in decoder.decode(&bytes[..read]) {
            let action = lock(screen).press(key);
            match action {
                Action::Edited | Action::Complete => {}
                Action::Leave => return Ok(Some(EndReason::LeaveRequested)),
                Action::End => return Ok(Some(EndReason::Finished)),
                Action::Say(text) if text.trim() == QUIT => return Ok(Some(EndReason::Finished)),
                Action::Say(text) => say(state, text, screen)?,
                Action::Suspend => lock(screen).suspend()?,
                Action::ClearScreen => lock(screen).clear()?,
            }
        }
    }
}

/// Queues the lines of `text`, or puts `text` back into the editor if too much text is pending. Never waits for the server.
fn say(state: &Arc<ClientState>, text: String, screen: &SharedScreen) -> io::Result<()> {
    if !state.resume(|resume| resume.pending.has_room()) {
        let mut screen = lock(screen);
        screen.put_back(text);
        return screen
            .show_notice("too many lines are waiting to be sent: press Enter again later");
    }
    let comes_back = state.is_chat() || state.resume(|resume| resume.name.is_some());
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line.len() > MAX_LINE {
            lock(screen).show_notice(TOO_LONG)?;
            continue;
        }
        let is_command = line.starts_with('/') && !line.starts_with("//");
        // Print only a line that will not come back with a number. Any other line is shown as pending until it comes back.
        if is_command || !comes_back {
            lock(screen).print(&format!("{PROMPT}{}\n", layout::shown(line)))?;
        }
        if line.trim() == "/help" {
            lock(screen).show_notice(HELP)?;
        }
        state.resume(|resume| resume.pending.push(line));
    }
    state.spawn_send();
    Ok(())
}
