//! The socket thread, which is the main thread: reads frames, shows them, and answers Pings at once.
//!
//! It blocks in its read and in its write to the output; [`client`](crate::client) lists what ends these waits. While it
//! waits for its output no Ping is answered, which is right: nothing takes what the server sends.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use crate::base::frame::is_close_code;
use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::session::Session;
use crate::client::end_reason::EndReason;
use crate::client::output::Output;
use crate::client::state::ClientState;

/// Shows what the server sends until the connection ends, and returns why it ended.
pub(crate) fn run(
    websocket: &mut WebSocket<ClientStream>,
    state: &Arc<ClientState>,
    output: &mut impl Output,
) -> EndReason {
    // The system's ETIMEDOUT has a number, and the deadline has none.
    let is_deadline =
        |error: &io::Error| (error.kind(), error.raw_os_error()) == (ErrorKind::TimedOut, None);
    loop {
        websocket.get_mut().deadline = state.begin_read();
        // tungstenite answers a Ping, through the write side, when it is called again: that is now.
        let frame = websocket.read();
        // Before the frame is heard: that may send a Ping, which is then still unanswered.
        state.end_read(frame.is_ok());
        let heard = match frame {
            // It may have several lines. An empty text is an empty line.
            Ok(Message::Text(text)) => (text.strip_suffix('\n').unwrap_or(&text).split('\n'))
                .try_for_each(|line| state.hear(line, output))
                .map_err(EndReason::Output),
            Ok(Message::Binary(data)) => output
                .line(&format!("* a binary message of {} bytes", data.len()), None)
                .map_err(EndReason::Output),
            Ok(Message::Pong(payload)) => state.hear_pong(&payload, output),
            Ok(Message::Ping(_) | Message::Frame(_)) => Ok(()),
            Ok(Message::Close(_)) => Err(EndReason::Closed {
                close: websocket.get_ref().frames.close(),
                is_chat: state.is_chat(),
            }),
            Err(Error::Io(error)) if is_deadline(&error) => state.on_read_timeout(output),
            Err(error) => Err(error.into()),
        };
        if let Err(end) = heard {
            return end;
        }
    }
}

/// Answers a Close or sends our own, then lets the server end the connection, for at most `limit`.
pub fn part(
    websocket: &mut WebSocket<ClientStream>,
    session: &Session,
    limit: Duration,
    end: &EndReason,
) {
    match end {
        EndReason::Gone | EndReason::Broken(_) => return,
        // If we sent a Close before, the write side drops the reply.
        EndReason::Closed {
            close: Some(close), ..
        } if is_close_code(close.code.into()) => _ = session.close(close.code),
        // This reply is tungstenite's: without a code, or 1002.
        EndReason::Closed { .. } => _ = websocket.flush(),
        EndReason::Refused(code, _) => _ = session.close(*code),
        _ => _ = session.close(CloseCode::Normal),
    }
    if matches!(end, EndReason::Silent(_)) {
        // Nothing more comes from it, so nothing is waited for.
        return;
    }
    // After an error tungstenite cannot read on, so these are raw bytes.
    websocket.get_mut().drain(limit);
}
