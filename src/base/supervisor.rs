//! The threads whose panic ends the server: hub, writers and accept, which it cannot do without, and log and tap, whose bugs
//! must not be hidden.

use std::convert::Infallible;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crossbeam_channel::Sender;

use crate::base::thread::STACK_SIZE;

/// What `run` waits for.
#[derive(Debug)]
pub enum ServerEvent {
    /// Somebody has asked it to stop.
    Stop,
    /// This thread has panicked.
    Panicked(String),
}

/// How the threads are started whose panic ends the server.
#[derive(Debug)]
pub struct Supervisor {
    /// Where a panic is told.
    pub tell: Sender<ServerEvent>,
    /// Held by each thread until its end.
    pub shutdown_guard: Sender<Infallible>,
    /// What a test calls with the name of each thread, so that it can fail to start.
    pub on_spawn: Option<fn(&str) -> io::Result<()>>,
}

impl Supervisor {
    /// Starts a thread. If it panics, `run` hears of it.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn spawn(&self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        if let Some(hook) = self.on_spawn {
            hook(name)?;
        }
        let (tell, shutdown_guard, thread) = (
            self.tell.clone(),
            self.shutdown_guard.clone(),
            name.to_owned(),
        );
        thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || {
                if catch_unwind(AssertUnwindSafe(work)).is_err() {
                    // If the channel is full, the server is about to end anyway.
                    let _ = tell.try_send(ServerEvent::Panicked(thread));
                }
                drop(shutdown_guard);
            })?;
        Ok(())
    }
}
