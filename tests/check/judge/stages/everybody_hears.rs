//! Each client's line reaches every client exactly once.

use crate::judge::Target;
use crate::judge::client::Client;
use crate::judge::failure::{Failure, quote};

pub fn run(target: &Target) -> Result<(), Failure> {
    let mut room = Vec::new();
    for name in ["anna", "ben", "carl"] {
        let alone = room.is_empty();
        room.push(enter(target, name).map_err(|failure| match alone {
            true => failure,
            false => failure.during("while anna was connected"),
        })?);
    }
    let lines = ["anna is here", "ben is here", "carl is here", "the end"];
    for (speaker, text) in [0, 1, 2, 0].into_iter().zip(lines) {
        let sent = format!("{} sent {}", room[speaker].name(), quote(text));
        room[speaker].say(text)?;
        // All clients wait for this line before the next client speaks, so the order is fixed.
        for client in &mut room {
            let seen = receive_up_to(client, &sent, text)?;
            if let Some(twice) = lines
                .iter()
                .find(|line| count(&seen, line) > usize::from(**line == text))
            {
                let got = format!("{} again", quote(twice));
                return Err(client.failure(&sent, "each line once", &got));
            }
        }
    }
    Ok(())
}

/// Connects, sends a line, and waits until it comes back: then the client is in the room.
pub fn enter(target: &Target, name: &str) -> Result<Client, Failure> {
    let mut client = Client::join(target, name, "/")?;
    let text = format!("{name} enters");
    client.say(&text)?;
    client.receive_text(&format!("{name} sent {}", quote(&text)), &text)?;
    Ok(client)
}

/// Returns all lines up to and including the one that ends with this text.
fn receive_up_to(client: &mut Client, sent: &str, text: &str) -> Result<Vec<String>, Failure> {
    let seen = std::cell::RefCell::new(Vec::new());
    let line = format!("a line that ends with {}", quote(text));
    client.receive_matching(sent, &line, |line| {
        seen.borrow_mut().push(line.to_owned());
        line.ends_with(text)
    })?;
    Ok(seen.into_inner())
}

fn count(seen: &[String], text: &str) -> usize {
    seen.iter().filter(|line| line.ends_with(text)).count()
}
