//! Step 1: one thread for all clients.
//!
//! **What it shows.** A WebSocket server is a loop of blocking calls. `incoming` sleeps until a client connects, and
//! `read` sleeps until that client says something. A sleeping thread costs no CPU time, and the code reads from top to
//! bottom.
//!
//! **What breaks it.** There is only one thread, and it sleeps in the `read` of its first client. The kernel still
//! accepts a second client and buffers what that client sends. But no thread reads from the second socket, so its
//! handshake has to wait until the first client leaves.
//!
//! **What to type.** Use a separate terminal for each line:
//!
//! ```text
//! make step-1
//! make run-client URL=ws://127.0.0.1:9001/   # what you say comes back
//! make run-client URL=ws://127.0.0.1:9001/   # waits, and gives up after 10 s
//! ```
//!
//! Within those ten seconds, press Ctrl-D in the second terminal. Then the server serves the client in the third
//! terminal: type something there, and it comes back.

use std::convert::Infallible;
use std::error::Error;
use std::net::TcpStream;

mod lesson;

fn main() -> Result<(), Box<dyn Error>> {
    let listener = lesson::listen("ws", include_str!("1_echo.rs"))?;
    for socket in listener.incoming() {
        // An error usually concerns only one client. The loop continues with the next client.
        match socket {
            Ok(socket) => serve(socket),
            Err(error) => lesson::log(format!("cannot accept: {error}")),
        }
    }
    Ok(())
}

/// Serves one client until it leaves, then logs why it left.
fn serve(socket: TcpStream) {
    let Err(reason) = converse(socket);
    lesson::log(format!("a client left: {reason}"));
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
