//! The socket thread, which is the main thread: reads frames, shows them, and answers Pings at once.
//!
//! It blocks in two places only. One is its read, which ends with a frame, with the connection, or when another thread
//! that leaves gives up on the server and shuts the socket down. A server that sends nothing is asked with a Ping
//! whether it is still there. The other is its write to the output, until the output's reader reads or closes.
//! Meanwhile no Ping is answered, which is the truth: nothing takes what the server sends. It never waits for the write
//! side.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use tungstenite::{Error, Message, WebSocket};

use crate::client::connect::client_stream::ClientStream;
use crate::client::output::Output;
use crate::client::read_end::ReadEnd;
use crate::client::state::ClientState;

/// Shows what the server sends until it ends.
pub fn run(
    websocket: &mut WebSocket<ClientStream>,
    state: &Arc<ClientState>,
    output: &mut impl Output,
) -> ReadEnd {
    loop {
        websocket.get_mut().set_deadline(state.read_deadline());
        state.listens(true);
        // tungstenite answers a Ping, through the write side, when it is called again: that is now.
        let frame = websocket.read();
        state.listens(false);
        let shown = match frame {
            Ok(Message::Text(text)) => show(&text, state, output),
            Ok(Message::Binary(data)) => {
                output.line(&format!("* a binary message of {} bytes", data.len()), None)
            }
            Ok(Message::Pong(payload)) => match state.hear_pong(&payload, output) {
                Some(end) => return end,
                None => Ok(()),
            },
            Ok(Message::Close(close)) => return ReadEnd::Closed(close),
            Ok(Message::Ping(_) | Message::Frame(_)) => Ok(()),
            Err(Error::Io(error)) if is_deadline(&error) => match state.on_read_timeout(output) {
                Some(end) => return end,
                None => continue,
            },
            Err(error) => return ReadEnd::from(error),
        };
        if let Err(error) = shown {
            return ReadEnd::Output(error);
        }
        state.note_frame();
    }
}

/// Shows a text, which may have several lines. An empty one is an empty line.
fn show(text: &str, state: &Arc<ClientState>, output: &mut impl Output) -> io::Result<()> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    for line in text.split('\n') {
        state.hear(line, output)?;
    }
    Ok(())
}

/// Whether an error is that of [`ClientStream::set_deadline`], and not the system's for a machine that does not answer.
fn is_deadline(error: &io::Error) -> bool {
    error.kind() == ErrorKind::TimedOut && error.raw_os_error().is_none()
}
