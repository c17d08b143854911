//! Each line's number is one more than the previous line's number. All clients get the same lines with the same
//! numbers.

use crate::judge::Target;
use crate::judge::client::Client;
use crate::judge::failure::{Failure, quote};
use crate::judge::frames::text_frame;
use crate::judge::numbers::{Numbered, Numbers};

use super::everybody_hears::enter;

/// How many lines each of the two clients sends.
const LINES: usize = 100;

pub fn run(target: &Target) -> Result<(), Failure> {
    let mut anna = Client::join(target, "anna", "/")?;
    let [mut by_anna, mut by_ben] = [Numbers::default(), Numbers::default()];
    anna.say("hello")?;
    let sent = "anna sent \"hello\" to a new server";
    let line = by_anna.next(&mut anna, sent)?;
    if line.number != 1 {
        let got = quote(&line.to_string());
        return Err(anna.failure(sent, "a first line with number 1", &got));
    }
    let mut ben = enter(target, "ben")?;
    anna.say("begin")?;
    by_anna.until(&mut anna, "anna sent \"begin\"", "begin")?;
    by_ben.until(&mut ben, "anna sent \"begin\"", "begin")?;
    both_talk_concurrently(&mut anna, &mut ben, &mut by_anna, &mut by_ben)?;
    several_lines(&mut anna, &mut by_anna)
}

/// Lets two clients talk at the same time, without waiting for their receipts.
fn both_talk_concurrently(
    anna: &mut Client,
    ben: &mut Client,
    by_anna: &mut Numbers,
    by_ben: &mut Numbers,
) -> Result<(), Failure> {
    let sent = "anna and ben sent 100 lines each at once";
    for client in [&mut *anna, &mut *ben] {
        let frames = (1..=LINES).map(|number| text_frame(&format!("{} {number}", client.name())));
        client.send(&frames.collect::<Vec<_>>().concat(), sent)?;
    }
    let received = receive_from_both(anna, by_anna, sent)?;
    let same = receive_from_both(ben, by_ben, sent)?;
    let differing = received.iter().zip(&same).find(|(one, other)| one != other);
    if let Some((one, other)) = differing {
        let line = format!("{} like anna", quote(&one.to_string()));
        return Err(ben.failure(sent, &line, &quote(&other.to_string())));
    }
    for name in ["anna", "ben"] {
        let marked = format!("{name} ");
        let said = received
            .iter()
            .filter_map(|line| line.rest.rsplit_once(&*marked));
        let said: Vec<usize> = said.filter_map(|(_, number)| number.parse().ok()).collect();
        if !said.iter().copied().eq(1..=LINES) {
            let line = format!("the lines of {name} in the order in which they were sent");
            return Err(anna.failure(sent, &line, &format!("{said:?}")));
        }
    }
    Ok(())
}

/// Waits until `client` has received the last lines of Anna and of Ben. Returns all numbered lines up to then,
/// including notices.
fn receive_from_both(
    client: &mut Client,
    numbers: &mut Numbers,
    sent: &str,
) -> Result<Vec<Numbered>, Failure> {
    let mut left = vec![format!("anna {LINES}"), format!("ben {LINES}")];
    let deadline = client.prompt_deadline();
    let mut received = Vec::new();
    while !left.is_empty() {
        let line = numbers.next(client, sent)?;
        left.retain(|last| !line.rest.ends_with(last));
        received.push(line);
        if deadline.remaining().is_none() {
            let got = format!("{} lines", received.len());
            return Err(client.failure(sent, "200 lines in time", &got));
        }
    }
    Ok(received)
}

/// Checks that each nonempty line of one frame arrives in a frame of its own.
fn several_lines(anna: &mut Client, numbers: &mut Numbers) -> Result<(), Failure> {
    let sent = "anna sent \"one\\ntwo\\r\\n\\nthree\" in one frame";
    anna.say("one\ntwo\r\n\nthree")?;
    for text in ["one", "two", "three"] {
        let line = numbers.next(anna, sent)?;
        if !line.rest.ends_with(text) || line.rest.contains('\n') {
            let expected = format!("a frame with the line {} and its number", quote(text));
            return Err(anna.failure(sent, &expected, &quote(&line.to_string())));
        }
    }
    Ok(())
}
