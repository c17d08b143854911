//! The socket thread, which is the main thread. It reads frames, shows them, and answers Pings.
//!
//! It blocks in reads and in writes to the output. [`client`](crate::client) lists what ends these waits. While it waits
//! for the output, it answers no Pings. This is intended: at that time, the client is not ready for more lines.

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
    // ETIMEDOUT from the system has an error number. The error for the deadline has none.
    let is_deadline =
        |error: &io::Error| (error.kind(), error.raw_os_error()) == (ErrorKind::TimedOut, None);
    loop {
        websocket.get_mut().deadline = state.begin_read();
        // If the last frame was a Ping, tungstenite now sends the Pong, through the write side.
        let frame = websocket.read();
        // Call this before the frame is handled: the handler may send a Ping, which this frame cannot answer.
        state.end_read(frame.is_ok());
        let handled = match frame {
            // A message may have several lines. An empty message is an empty line.
            Ok(Message::Text(text)) => (text.strip_suffix('\n').unwrap_or(&text).split('\n'))
                .try_for_each(|line| state.on_line(line, output))
                .map_err(EndReason::Output),
            Ok(Message::Binary(data)) => output
                .show_line(&format!("* a binary message of {} bytes", data.len()), None)
                .map_err(EndReason::Output),
            Ok(Message::Pong(payload)) => state.on_pong(&payload, output),
            Ok(Message::Ping(_) | Message::Frame(_)) => Ok(()),
            Ok(Message::Close(_)) => Err(EndReason::Closed {
                close: websocket.get_ref().frames.close(),
                is_chat: state.is_chat(),
            }),
            Err(Error::Io(error)) if is_deadline(&error) => state.on_read_timeout(output),
            Err(error) => Err(error.into()),
        };
        if let Err(end) = handled {
            return end;
        }
    }
}

/// Answers the server's Close or sends our own, then waits at most `limit` for the end of the stream. Does nothing if the
/// connection is lost, and does not wait for a silent server.
pub fn close(
    websocket: &mut WebSocket<ClientStream>,
    session: &Session,
    limit: Duration,
    end: &EndReason,
) {
    match end {
        EndReason::EndedWithoutClose | EndReason::ConnectionLost(_) => return,
        // If this client has already sent a Close, the write side drops this reply.
        EndReason::Closed {
            close: Some(close), ..
        } if is_close_code(close.code.into()) => _ = session.close(close.code),
        // tungstenite makes this reply, without a code or with 1002.
        EndReason::Closed { .. } => _ = websocket.flush(),
        EndReason::InvalidData(code, _) => _ = session.close(*code),
        _ => _ = session.close(CloseCode::Normal),
    }
    if matches!(end, EndReason::PingTimeout(_)) {
        // The server is silent, so there is nothing to wait for.
        return;
    }
    // After an error, tungstenite reads no more frames. So read raw bytes.
    websocket.get_mut().drain(limit);
}
