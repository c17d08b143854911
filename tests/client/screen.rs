//! How the two threads meet at the terminal, without one: in the orders that chance seldom brings about.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use blocking_chat::client::output::Output;
use blocking_chat::client::terminal::screen::Screen;
use blocking_chat::client::terminal::shared::Shared;
use rustyline::ExternalPrinter;

use super::*;

/// Wakes nobody, and stays in the call until the test lets it go.
struct Printer {
    called: Sender<()>,
    lets_go: Receiver<()>,
    has_returned: Arc<AtomicBool>,
}

impl ExternalPrinter for Printer {
    fn print(&mut self, _: String) -> rustyline::Result<()> {
        self.called.send(()).unwrap();
        // The test may go without a word, which is one too.
        let _ = self.lets_go.recv();
        self.has_returned.store(true, Ordering::Release);
        Ok(())
    }
}

/// A terminal in which a line is being edited and the socket thread, with another one, is just waking the editor; what
/// lets it go on, and whether it has.
fn waking() -> (Arc<Shared>, Sender<()>, Arc<AtomicBool>) {
    let shared = Arc::new(Shared::default());
    let (called, is_called) = mpsc::channel();
    let (let_go, lets_go) = mpsc::channel();
    let has_returned = Arc::new(AtomicBool::new(false));
    let printer = Printer {
        called,
        lets_go,
        has_returned: Arc::clone(&has_returned),
    };
    assert!(shared.begin_editing());
    assert_eq!(shared.draw(), "", "the prompt");
    let mut screen = Screen::new(Arc::clone(&shared), printer, false);
    thread::spawn(move || screen.line("1 ben: hello", None).unwrap());
    is_called.recv().unwrap();
    (shared, let_go, has_returned)
}

/// Once nobody edits, rustyline's printer writes to the terminal by itself. If it does so when the next line is being
/// edited already, what is typed then overwrites the prompt.
#[test]
fn the_editor_does_not_end_while_somebody_is_waking_it() {
    within(LIMIT, || {
        let (shared, let_go, has_returned) = waking();
        let waker = thread::spawn(move || {
            // Whoever does not wait is through by then.
            thread::sleep(Duration::from_millis(50));
            drop(let_go);
        });
        shared.pause_editing();
        assert!(has_returned.load(Ordering::Acquire));
        waker.join().unwrap();
    });
}

/// The printer waits for the editor if that has not taken a former call.
#[test]
fn an_editor_that_somebody_cannot_wake_ends_nevertheless_and_waits_only_once() {
    within(LIMIT, || {
        let (shared, _let_go, has_returned) = waking();
        shared.pause_editing();
        let begin = Instant::now();
        for _ in 0..100 {
            assert!(shared.begin_editing());
            shared.draw();
            shared.pause_editing();
        }
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert!(!has_returned.load(Ordering::Acquire));
    });
}

#[test]
fn between_two_lines_that_are_typed_nothing_is_written_past_what_waits() {
    let shared = Shared::default();
    assert!(shared.begin_editing());
    shared.draw();
    assert!(shared.add("1 ben: one").unwrap(), "the editor is to draw");
    assert!(!shared.add("2 ben: two").unwrap(), "it will");
    shared.woken();
    shared.pause_editing();
    assert!(!shared.add("3 ben: three").unwrap());
    assert_eq!(shared.draw(), "1 ben: one\n2 ben: two\n3 ben: three\n");
}
