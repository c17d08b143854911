//! What some keys do here that they do not do in the line editor by itself.

use std::sync::Arc;

use rustyline::history::History;
use rustyline::{
    Cmd, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, Helper, KeyEvent,
    Movement, RepeatCount,
};

use crate::client::paint;
use crate::client::talk::Talk;
use crate::client::terminal::shared::Shared;
use crate::client::terminal::tty;

/// To the first row, and everything from there on is empty.
const CLEAR: &str = "\x1b[H\x1b[J";

/// Binds them.
pub fn bind<H: Helper, I: History>(
    editor: &mut Editor<H, I>,
    shared: &Arc<Shared>,
    talk: &Arc<Talk>,
    paints: bool,
) {
    let mut on = |key, handler: Box<dyn ConditionalEventHandler>| {
        editor.bind_sequence(KeyEvent::ctrl(key), EventHandler::Conditional(handler));
    };
    on('C', Box::new(CtrlC(Arc::clone(shared))));
    on('D', Box::new(CtrlD(Arc::clone(shared))));
    on('Z', Box::new(CtrlZ(Arc::clone(shared))));
    let (shared, talk) = (Arc::clone(shared), Arc::clone(talk));
    on(
        'L',
        Box::new(CtrlL {
            shared,
            talk,
            paints,
        }),
    );
    // While the editor waits for a second key, or for a word to search for, it does not draw what comes. So these search
    // for what has been typed so far,
    editor.bind_sequence(KeyEvent::ctrl('R'), Cmd::HistorySearchBackward);
    editor.bind_sequence(KeyEvent::ctrl('S'), Cmd::HistorySearchForward);
    // and these do nothing.
    for key in ['Q', 'V', 'X', ']'] {
        editor.bind_sequence(KeyEvent::ctrl(key), Cmd::Noop);
    }
}

/// Clears a line that has been begun. On an empty one the key does what it always does: it leaves.
struct CtrlC(Arc<Shared>);

impl ConditionalEventHandler for CtrlC {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, typed: &EventContext) -> Option<Cmd> {
        if typed.line().is_empty() {
            self.0.pause_editing();
            return None;
        }
        Some(Cmd::Kill(Movement::WholeBuffer))
    }
}

/// Does what it always does. On an empty line that is to leave.
struct CtrlD(Arc<Shared>);

impl ConditionalEventHandler for CtrlD {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, typed: &EventContext) -> Option<Cmd> {
        if typed.line().is_empty() {
            self.0.pause_editing();
        }
        None
    }
}

/// Stops the process until `fg`. (The line editor would take up its work before the process is stopped, for it takes it
/// to have no other thread; then the shell's settings would be there when it goes on.)
struct CtrlZ(Arc<Shared>);

impl ConditionalEventHandler for CtrlZ {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext) -> Option<Cmd> {
        self.0.suspend();
        tty::suspend();
        Some(Cmd::Repaint)
    }
}

/// Clears the screen, and says at its top who we are. There must be something: an editor that is woken on the first row
/// would not stay there (see `NOTHING` in [`screen`](crate::client::terminal::screen)).
struct CtrlL {
    shared: Arc<Shared>,
    talk: Arc<Talk>,
    paints: bool,
}

impl ConditionalEventHandler for CtrlL {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext) -> Option<Cmd> {
        let name = self.talk.memory(|memory| memory.name().map(str::to_owned));
        let sentence = match name {
            Some(name) => format!("you are {name}"),
            None => "the screen is cleared".to_owned(),
        };
        let head = paint::notice(&sentence, self.paints);
        self.shared.put_first(&format!("{CLEAR}{head}\n"));
        Some(Cmd::Repaint)
    }
}
