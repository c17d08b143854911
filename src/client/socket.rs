//! The socket thread, which is the main thread: reads frames, prints them, and answers Pings at once.
//!
//! It blocks in two places only. In its read, which ends with a frame, with the connection, or when another thread that
//! leaves gives up on the server and shuts the socket down; a server whose machine is gone is found out by TCP
//! keepalive. And in its write to the output, until the output's reader reads or closes; meanwhile no Ping is answered,
//! which is the truth: nobody takes what the server sends. It never waits for the write side.

use std::io::ErrorKind::TimedOut;
use std::sync::Arc;

use crossbeam_channel::Sender;
use tungstenite::{Error, Message, WebSocket};

use crate::client::connect::client_stream::ClientStream;
use crate::client::output::Output;
use crate::client::read_end::ReadEnd;
use crate::client::state::ClientState;

/// Shows what the server sends until it ends. `heard` gets a word of each frame after it was shown.
pub fn run(
    websocket: &mut WebSocket<ClientStream>,
    state: &Arc<ClientState>,
    heard: &Sender<()>,
    show: &mut impl Output,
) -> ReadEnd {
    loop {
        websocket.get_mut().set_deadline(state.must_be_open());
        state.listens(true);
        // tungstenite answers a Ping, through the write side, when it is called again: that is now.
        let frame = websocket.read();
        state.listens(false);
        let shown = match frame {
            Ok(Message::Text(text)) => text.lines().try_for_each(|line| state.hear(line, show)),
            Ok(Message::Binary(data)) => {
                show.line(&format!("* a binary message of {} bytes", data.len()), None)
            }
            Ok(Message::Pong(payload)) => match state.hear_pong(&payload, show) {
                Some(end) => return end,
                None => Ok(()),
            },
            Ok(Message::Close(close)) => return ReadEnd::Closed(close),
            Ok(Message::Ping(_) | Message::Frame(_)) => Ok(()),
            Err(Error::Io(error)) if error.kind() == TimedOut && state.goes_on(show) => Ok(()),
            Err(error) => return ReadEnd::from(error),
        };
        if let Err(error) = shown {
            return ReadEnd::Output(error);
        }
        state.tell(heard);
    }
}
