//! The screen, as several threads share it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::output::Output;
use crate::client::terminal::screen::Screen;

/// The screen, with its lock: the socket thread shows lines, `stdin` what is typed, `signals` another size.
#[derive(Clone, Debug)]
pub struct SharedScreen(Arc<Mutex<Screen>>);

impl SharedScreen {
    /// Shares a screen.
    pub fn new(screen: Screen) -> SharedScreen {
        SharedScreen(Arc::new(Mutex::new(screen)))
    }

    /// Takes the lock. Its holder waits for nothing but the terminal.
    pub fn lock(&self) -> MutexGuard<'_, Screen> {
        // It is poisoned if its holder panicked, and then the process ends.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for SharedScreen {
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        self.lock().line(line, own)
    }

    fn notice(&mut self, sentence: &str) {
        // The next line fails in the same way, and ends the client.
        let _ = self.lock().notice(sentence);
    }

    fn refresh(&mut self) {
        let _ = self.lock().draw();
    }
}
