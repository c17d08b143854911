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

use crate::client::end::End;
use crate::client::show::Show;
use crate::client::talk::Talk;
use crate::client::wire::Wire;

/// Shows what the server sends until it ends. `heard` gets a word of each frame after it was shown.
pub fn run(
    websocket: &mut WebSocket<Wire>,
    talk: &Arc<Talk>,
    heard: &Sender<()>,
    show: &mut impl Show,
) -> End {
    loop {
        websocket.get_mut().set_deadline(talk.must_be_open());
        talk.listens(true);
        // tungstenite answers a Ping, through the write side, when it is called again: that is now.
        let frame = websocket.read();
        talk.listens(false);
        let shown = match frame {
            Ok(Message::Text(text)) => text.lines().try_for_each(|line| talk.hear(line, show)),
            Ok(Message::Binary(data)) => {
                show.line(&format!("* a binary message of {} bytes", data.len()), None)
            }
            Ok(Message::Pong(payload)) => match talk.hear_pong(&payload, show) {
                Some(end) => return end,
                None => Ok(()),
            },
            Ok(Message::Close(close)) => return End::Closed(close),
            Ok(Message::Ping(_) | Message::Frame(_)) => Ok(()),
            Err(Error::Io(error)) if error.kind() == TimedOut && talk.goes_on(show) => Ok(()),
            Err(error) => return End::from(error),
        };
        if let Err(error) = shown {
            return End::Output(error);
        }
        talk.tell(heard);
    }
}
