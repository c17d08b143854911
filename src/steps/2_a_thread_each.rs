//! Step 2: a thread for each client.
//!
//! **What it shows.** One more line of code solves the problem of step 1: it starts a thread for each socket. Each
//! thread sleeps in its own `read`, so no client waits for another one. The code that serves a client stays the same.
//!
//! **What breaks it.** This is not a chat: each thread knows only its own socket, so each client hears only itself.
//!
//! **What to type.** Use a separate terminal for each line:
//!
//! ```text
//! make step-2
//! make run-client URL=ws://127.0.0.1:9001/   # what you say comes back to you
//! make run-client URL=ws://127.0.0.1:9001/   # is served, but hears only itself
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::net::TcpStream;
use std::thread;

mod lesson;

fn main() -> Result<(), Box<dyn Error>> {
    let listener = lesson::listen("ws", include_str!("2_a_thread_each.rs"))?;
    for (id, socket) in (1..).zip(listener.incoming()) {
        // If the system cannot start a thread, this `Builder` returns an error, where `thread::spawn` would panic. Here
        // the number of threads has no limit, and while no descriptor is free, this loop spins. The real server has a
        // limit, and pauses when `accept` fails.
        let conn = thread::Builder::new().name(format!("conn-{id}"));
        if let Err(error) = socket.and_then(|socket| conn.spawn(move || serve(id, socket))) {
            lesson::log(format!("cannot serve client {id}: {error}"));
        }
    }
    Ok(())
}

/// Serves one client until it leaves, then logs why it left.
fn serve(id: u64, socket: TcpStream) {
    let Err(reason) = converse(socket);
    lesson::log(format!("client {id} left: {reason}"));
}

/// Echoes each text message of the client. Only an error ends the loop, so there is no `Ok` value. After a Close, the
/// next `read` sends the reply and returns the error `ConnectionClosed`.
fn converse(socket: TcpStream) -> Result<Infallible, Box<dyn Error>> {
    // Without this, a small frame may wait up to 40 ms, until the client has acknowledged the previous one.
    socket.set_nodelay(true)?;
    let mut websocket = tungstenite::accept(socket)?;
    loop {
        // A Ping needs no code: the next `read` sends the Pong before it sleeps.
        let message = websocket.read()?;
        if message.is_text() {
            websocket.send(message)?;
        }
    }
}
