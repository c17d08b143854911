//! A client that echoes every message. It uses the connection layer of `chat-client`: the handshake, the reads, the
//! write side and the closing handshake. Its argument is the URL of a test server, from which it requests each case.

#![allow(clippy::expect_used)]

use std::env;

use blocking_chat::client::connect::error::ConnectError;
use blocking_chat::client::connect::open_any;
use blocking_chat::client::connect::target::Target;
use blocking_chat::client::end_reason::EndReason;
use blocking_chat::client::socket::close;
use blocking_chat::client::timeouts::Timeouts;
use tungstenite::Message;

fn main() {
    let server = env::args()
        .nth(1)
        .expect("the URL of the server, without a path");
    let count = echo(&format!("{server}/getCaseCount")).expect("the number of cases");
    let count: u32 = count.expect("a number").parse().expect("a number");
    for case in 1..=count {
        if let Err(error) = echo(&format!("{server}/runCase?case={case}&agent=chat-client")) {
            eprintln!("case {case}: {error}");
        }
    }
    echo(&format!("{server}/updateReports?agent=chat-client")).expect("reports");
}

/// Connects to `url` and echoes each message until the connection ends. Returns the first text message, if there is
/// one.
fn echo(url: &str) -> Result<Option<String>, ConnectError> {
    let timeouts = Timeouts::default();
    let (session, mut websocket) = open_any(
        &mut Target::new(vec![url.parse().expect("a URL")]),
        &timeouts,
    )?;
    let mut first = None;
    let end = loop {
        match websocket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                if let Message::Text(text) = &message {
                    first.get_or_insert_with(|| text.to_string());
                }
                // If this send fails, the next read fails too and returns the reason.
                let _ = session.send(message);
            }
            Ok(Message::Close(close)) => {
                break EndReason::Closed {
                    close,
                    is_chat: false,
                };
            }
            Ok(_) => {}
            Err(error) => break EndReason::from(error),
        }
    };
    close(&mut websocket, &session, timeouts.close, &end);
    Ok(first)
}
