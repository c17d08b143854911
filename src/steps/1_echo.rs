//! Step 1: one thread that answers.
//!
//! **What it shows.** A WebSocket server is a loop of calls that block. `incoming` sleeps until somebody connects, and
//! `read` until they say something. A thread that sleeps costs no time, and the code is read from top to bottom.
//!
//! **What breaks it.** There is one thread, and it sleeps in the `read` of its first client. The kernel connects a
//! second one all the same and keeps what it sends, but nobody reads that: no handshake until the first one leaves.
//!
//! **What to type.** Each line in a terminal of its own:
//!
//! ```text
//! make step-1
//! make run-client URL=ws://127.0.0.1:9001/     # what you say comes back
//! make run-client URL=ws://127.0.0.1:9001/     # waits, and gives up after ten seconds
//! ```
//!
//! Before the ten seconds are over, press Ctrl-D in the second terminal: at that moment the third is let in.
//! Type something there, and it comes back.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use std::net::{TcpListener, TcpStream};

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:9001".into());
    let address = address.to_string_lossy();
    let listener = TcpListener::bind(address.as_ref())
        .map_err(|error| format!("{address}: {error}; try `make step-1 PORT=9002`"))?;
    // Not `println!`, which panics if nobody reads stdout.
    writeln!(stdout(), "listening on ws://{}/", listener.local_addr()?)?;
    for socket in listener.incoming() {
        // What goes wrong with one client ends that client; the loop goes on to the next one.
        match socket {
            Ok(socket) => serve(socket),
            Err(error) => eprintln!("cannot accept: {error}"),
        }
    }
    Ok(())
}

/// Talks with one client until it leaves, then says why it left.
fn serve(socket: TcpStream) {
    let Err(reason) = converse(socket);
    eprintln!("a client left: {reason}");
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
