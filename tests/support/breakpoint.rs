//! Makes the threads of an embedded server wait, or panic, at a known place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use blocking_chat::server::connection::hooks::Hooks;
use blocking_chat::server::http::head::Head;
use blocking_chat::server::hub::messages::HubMessage;

use super::process::TIMEOUT;

/// The word that causes a panic. In a line, it makes the hub panic. In the query of a request, it makes the
/// connection's thread panic.
pub const PANIC: &str = "panic-please";

/// The word of each active breakpoint, and the number of threads that have reached the breakpoint.
static BREAKPOINTS: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
static CHANGED: Condvar = Condvar::new();

/// An active breakpoint. Every thread that reaches it waits there until this value is dropped.
pub struct Breakpoint(String);

impl Breakpoint {
    /// Sets a breakpoint that is triggered by a new, unique word.
    pub fn set() -> Breakpoint {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let word = format!("breakpoint-{}-", NEXT.fetch_add(1, Ordering::Relaxed));
        breakpoints().insert(word.clone(), 0);
        Breakpoint(word)
    }

    /// Returns the word that triggers the breakpoint. The hub waits at a line with this word. A connection's thread
    /// waits at a request with this word in its query.
    pub fn word(&self) -> &str {
        &self.0
    }

    /// Waits until a thread has reached the breakpoint.
    pub fn until_reached(&self) {
        wait_while(|set| set.get(&self.0) == Some(&0), TIMEOUT);
    }
}

impl Drop for Breakpoint {
    fn drop(&mut self) {
        breakpoints().remove(&self.0);
        CHANGED.notify_all();
    }
}

/// Returns hooks that make a server's threads wait at the breakpoints, and panic at the word [`PANIC`].
pub fn hooks() -> Hooks {
    Hooks {
        on_request: Some(on_request),
        on_message: Some(on_message),
        ..Hooks::default()
    }
}

fn on_request(head: &Head) {
    pause_or_panic(&head.query);
}

fn on_message(message: &HubMessage) {
    if let HubMessage::Say { lines, .. } = message {
        lines.iter().for_each(pause_or_panic);
    }
}

fn pause_or_panic(text: &str) {
    assert!(!text.contains(PANIC), "the test requested this panic");
    let Some(word) = breakpoints()
        .keys()
        .find(|word| text.contains(*word))
        .cloned()
    else {
        return;
    };
    breakpoints()
        .entry(word.clone())
        .and_modify(|count| *count += 1);
    CHANGED.notify_all();
    // A test that ends removes its breakpoints. This limit is for a test that hangs.
    wait_while(|set| set.contains_key(&word), 3 * TIMEOUT);
}

fn wait_while(mut condition: impl FnMut(&BTreeMap<String, usize>) -> bool, limit: Duration) {
    let (_set, waited) = CHANGED
        .wait_timeout_while(breakpoints(), limit, |set| condition(set))
        .unwrap_or_else(PoisonError::into_inner);
    assert!(
        !waited.timed_out(),
        "no thread reached the breakpoint, or nothing removed it"
    );
}

fn breakpoints() -> MutexGuard<'static, BTreeMap<String, usize>> {
    BREAKPOINTS.lock().unwrap_or_else(PoisonError::into_inner)
}
