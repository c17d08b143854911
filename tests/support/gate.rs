//! Gates in a server that runs as a library: a test can have one of its threads wait, or panic, at a known place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use blocking_chat::server::connection::hooks::Hooks;
use blocking_chat::server::http::head::Head;
use blocking_chat::server::hub::messages::HubMessage;

use super::process::SOON;

/// Whoever says a line with this word has the hub panic, and whoever asks for a target with it, his connection's thread.
pub const PANIC: &str = "panic-please";

/// The closed gates, and how many threads wait at each.
static GATES: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
static CHANGED: Condvar = Condvar::new();

/// A gate that is closed until this value is dropped.
pub struct Gate(String);

impl Gate {
    /// A new gate.
    pub fn closed() -> Gate {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let word = format!("gate-{}-", NEXT.fetch_add(1, Ordering::Relaxed));
        gates().insert(word.clone(), 0);
        Gate(word)
    }

    /// The word that has the hub wait when it stands in a line, and a connection's thread when it stands in the target.
    pub fn word(&self) -> &str {
        &self.0
    }

    /// Waits until somebody waits at it.
    pub fn until_somebody_waits(&self) {
        wait_while(|gates| gates.get(&self.0) == Some(&0), SOON);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        gates().remove(&self.0);
        CHANGED.notify_all();
    }
}

/// What makes a server mind the gates.
pub fn hooks() -> Hooks {
    Hooks {
        on_request: Some(at_a_request),
        on_message: Some(at_a_message),
        ..Hooks::default()
    }
}

fn at_a_request(head: &Head) {
    pass(&head.query);
}

fn at_a_message(message: &HubMessage) {
    if let HubMessage::Say(_, lines) = message {
        lines.iter().for_each(pass);
    }
}

fn pass(text: &str) {
    assert!(!text.contains(PANIC), "as the test asked");
    let Some(word) = gates().keys().find(|word| text.contains(*word)).cloned() else {
        return;
    };
    gates().entry(word.clone()).and_modify(|count| *count += 1);
    CHANGED.notify_all();
    // A test that has ended opens its gates. This limit is for one that hangs.
    wait_while(|gates| gates.contains_key(&word), 3 * SOON);
}

fn wait_while(mut is_so: impl FnMut(&BTreeMap<String, usize>) -> bool, limit: Duration) {
    let (_gates, waited) = CHANGED
        .wait_timeout_while(gates(), limit, |gates| is_so(gates))
        .unwrap_or_else(PoisonError::into_inner);
    assert!(!waited.timed_out(), "nobody came to the gate, or opened it");
}

fn gates() -> MutexGuard<'static, BTreeMap<String, usize>> {
    GATES.lock().unwrap_or_else(PoisonError::into_inner)
}
