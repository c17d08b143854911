//! Step 2: a thread for each client.
//!
//! **What it shows.** The way out of step 1 is one line: a thread for each socket. Each sleeps in its own `read`, so
//! nobody waits for anybody, and the code of a conversation does not change at all.
//!
//! **What breaks it.** It is no chat: a thread has its own socket and knows of no other, so nobody hears anybody.
//!
//! **What to type.** Each line in a terminal of its own:
//!
//! ```text
//! make step-2
//! make run-client URL=ws://127.0.0.1:9001/     # what you say comes back to you
//! make run-client URL=ws://127.0.0.1:9001/     # is let in at once, and hears nothing of it
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::io::{Write, stdout};
use std::net::{TcpListener, TcpStream};
use std::{env, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:9001".into());
    let address = address.to_string_lossy();
    let listener = TcpListener::bind(address.as_ref())
        .map_err(|error| format!("{address}: {error}; try `make step-2 PORT=9002`"))?;
    // Not `println!`, which panics if nobody reads stdout.
    writeln!(stdout(), "listening on ws://{}/", listener.local_addr()?)?;
    for (id, socket) in (1..).zip(listener.incoming()) {
        // Not `thread::spawn`, which panics if the system has no thread to give. Nothing here bounds how many there
        // are, and without a free descriptor `accept` fails again and again: the server has a limit, and pauses.
        let conn = thread::Builder::new().name(format!("conn-{id}"));
        if let Err(error) = socket.and_then(|socket| conn.spawn(move || serve(id, socket))) {
            eprintln!("cannot serve client {id}: {error}");
        }
    }
    Ok(())
}

/// Talks with one client until it leaves, then says why it left.
fn serve(id: u64, socket: TcpStream) {
    let Err(reason) = converse(socket);
    eprintln!("client {id} left: {reason}");
}

/// Gives back what the client says. Only an error ends this, hence the type. A Close is one too: the `read` after it
/// sends the reply to it and returns `ConnectionClosed`.
fn converse(socket: TcpStream) -> Result<Infallible, Box<dyn Error>> {
    // Otherwise a small frame may wait until the client has acknowledged the one before, which takes up to 40 ms.
    socket.set_nodelay(true)?;
    let mut websocket = tungstenite::accept(socket)?;
    loop {
        // A Ping needs no code: the `read` after it sends the Pong before it goes to sleep.
        let message = websocket.read()?;
        if message.is_text() {
            websocket.send(message)?;
        }
    }
}
