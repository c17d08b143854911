//! The server answers control frames, and announces each member that leaves or vanishes.

use crate::judge::Target;
use crate::judge::client::{Client, Event};
use crate::judge::failure::Failure;
use crate::judge::frames::{masked, text_frame};
use crate::support::raw_frame::{CLOSE, PING};

const REASON: &[u8] = b"goodbye";

pub fn run(target: &Target) -> Result<(), Failure> {
    let mut anna = Client::join(target, "anna", "/?name=anna")?;
    ping(&mut anna)?;
    for (name, code) in [("ben", 1000), ("carl", 3001)] {
        let mut leaving = Client::join(target, name, &format!("/?name={name}"))?;
        joined(&mut anna, name)?;
        let payload = [&u16::to_be_bytes(code), REASON].concat();
        let last = format!("{name} says goodbye");
        let frames = [text_frame(&last), masked(CLOSE, &payload)].concat();
        let sent = format!("{name} sent \"{last}\" and Close {code} at once");
        leaving.send(&frames, &sent)?;
        anna.receive_text(&sent, &last)?;
        close(leaving, &sent, code)?;
        left(&mut anna, &sent, name)?;
    }
    let vanishing = Client::join(target, "dora", "/?name=dora")?;
    joined(&mut anna, "dora")?;
    vanishing.vanish();
    left(&mut anna, "dora vanished without a Close", "dora")?;

    // The server must have survived all these clients.
    let mut emil = Client::join(target, "emil", "/?name=emil")?;
    emil.say("is anna there?")?;
    anna.receive_text(
        "emil sent \"is anna there?\" after others had left",
        "is anna there?",
    )?;
    anna.say("yes")?;
    emil.receive_text("anna sent \"yes\" after others had left", "yes")
        .map(drop)
}

/// Sends a Ping and checks that the server's Pong has the same payload.
fn ping(anna: &mut Client) -> Result<(), Failure> {
    let sent = "anna sent a Ping with \"hello?\"";
    anna.send(&masked(PING, b"hello?"), sent)?;
    let deadline = anna.prompt_deadline();
    loop {
        match anna.next(deadline) {
            Event::Text(_) => {}
            Event::Pong(payload) if payload == b"hello?" => return Ok(()),
            event => {
                let expected = "a Pong with the same payload";
                return Err(anna.failure(sent, expected, &event.to_string()));
            }
        }
    }
}

/// Checks that the server's reply to a Close has the same code, and that the connection then ends.
fn close(mut client: Client, sent: &str, code: u16) -> Result<(), Failure> {
    let deadline = client.prompt_deadline();
    let reply = loop {
        match client.next(deadline) {
            Event::Text(_) => {}
            event => break event,
        }
    };
    if !matches!(reply, Event::Close(Some(its), _) if its == code) {
        let expected = format!("Close {code} in reply");
        return Err(client.failure(sent, &expected, &reply.to_string()));
    }
    match client.next(client.prompt_deadline()) {
        Event::Over(end) if end.is_end() => {
            client.leave();
            Ok(())
        }
        event => {
            let expected = "the end of the connection after the reply";
            Err(client.failure(sent, expected, &event.to_string()))
        }
    }
}

fn joined(anna: &mut Client, name: &str) -> Result<(), Failure> {
    let notice = format!(" * {name} joined");
    anna.receive_text(&format!("{name} joined"), &notice)
        .map(drop)
}

fn left(anna: &mut Client, sent: &str, name: &str) -> Result<(), Failure> {
    anna.receive_text(sent, &format!(" * {name} left"))
        .map(drop)
}
