//! Starts the threads whose panic ends the server: all except connection threads and catch-up threads.

use std::convert::Infallible;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crossbeam_channel::Sender;

use crate::base::thread::STACK_SIZE;

/// What `Server::run` waits for.
#[derive(Debug)]
pub(crate) enum ServerEvent {
    /// A stop was requested.
    Stop,
    /// The thread with this name panicked.
    Panicked(String),
}

/// Starts threads whose panic ends the server.
#[derive(Debug)]
pub(crate) struct Supervisor {
    /// Sends a panic to `Server::run`, unless an earlier event already ends the server.
    pub events: Sender<ServerEvent>,
    /// Each thread holds a clone until it ends. `Server::run` waits until no clone is left, but not
    /// beyond its deadline.
    pub shutdown_guard: Sender<Infallible>,
    /// A hook for tests, called with the name of each thread before it starts. If the hook returns an error, the thread
    /// does not start.
    pub on_spawn: Option<fn(&str) -> io::Result<()>>,
}

impl Supervisor {
    /// Starts a thread. If the thread panics, the server ends ([`ServerEvent::Panicked`]).
    ///
    /// # Errors
    /// Fails if the thread cannot start.
    pub(crate) fn spawn(&self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        if let Some(hook) = self.on_spawn {
            hook(name)?;
        }
        let (events, shutdown_guard, thread) = (
            self.events.clone(),
            self.shutdown_guard.clone(),
            name.to_owned(),
        );
        thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || {
                if catch_unwind(AssertUnwindSafe(work)).is_err() {
                    // If the channel is full, it holds an earlier event, which already ends the server.
                    let _ = events.try_send(ServerEvent::Panicked(thread));
                }
                drop(shutdown_guard);
            })?;
        Ok(())
    }
}
