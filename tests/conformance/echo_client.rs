//! A client that sends back what it gets, upon the connection layer of `chat-client`: its handshake, its reading, its write
//! side and its goodbye. It takes a URL of a server that tests clients, and asks that for one case after the other.

#![allow(clippy::expect_used)]

use std::env;

use blocking_chat::client::connect::error::ConnectError;
use blocking_chat::client::connect::open_any;
use blocking_chat::client::connect::target::Target;
use blocking_chat::client::end_reason::EndReason;
use blocking_chat::client::socket::part;
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

/// Sends back each message until the connection ends, and returns the first text.
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
                // If it fails, reading ends, too, and says why.
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
    part(&mut websocket, &session, timeouts.goodbye, &end);
    Ok(first)
}
