//! A client reconnects after it has lost its connection, and misses nothing.

use crate::judge::Target;
use crate::judge::client::{Client, Event};
use crate::judge::failure::{Failure, quote};
use crate::judge::frames::text_frame;
use crate::judge::numbers::{Numbered, Numbers, gap, is_private};

/// The number of reconnects. Before each one, Anna sends [`LINES`] lines.
const RECONNECTS: usize = 10;
const LINES: usize = 20;
const REPLACED: u16 = 4001;

pub fn run(target: &Target) -> Result<(), Failure> {
    let (mut anna, room) = enter(target, "anna", "name=anna")?;
    let last = say_and_receive(&mut anna, "the first of all")?;
    let last = missed_lines(target, &mut anna, &room, last)?;
    let last = reconnect_repeatedly(target, &mut anna, &room, last)?;
    all_lines_since_the_first(target, &format!("name=carl&since=0&room={room}"))?;
    // The server must report another room if it does not know the id, or if the room has not reached number `since`
    // yet.
    another_room(target, &format!("name=carl&since={last}&room=0badc0de"))?;
    another_room(
        target,
        &format!("name=carl&since={}&room={room}", last + 1000),
    )?;
    replace_the_lost_connection(target, &mut anna, &room, last)
}

/// Connects with a query and reads the welcome, which names the room. Returns the client and the room's id.
fn enter(target: &Target, name: &str, query: &str) -> Result<(Client, String), Failure> {
    let path = format!("/?{query}");
    let sent = format!("{name} joined with {path}");
    let mut client = Client::join(target, name, &path)?;
    let expected = "`* you are NAME in room ID` as the first line";
    let welcome = client.receive_next(&sent, expected)?;
    let room = welcome
        .strip_prefix("* you are ")
        .and_then(|rest| rest.split_once(" in room "));
    match room {
        Some((_, room)) if !room.is_empty() && !room.contains(' ') => Ok((client, room.to_owned())),
        _ => Err(client.failure(&sent, expected, &quote(&welcome))),
    }
}

/// Sends a line and returns the number that it gets.
fn say_and_receive(client: &mut Client, text: &str) -> Result<u64, Failure> {
    client.say(text)?;
    let sent = format!("{} sent {}", client.name(), quote(text));
    let line = client.receive_text(&sent, text)?;
    let number = Numbered::parse(&line).map(|line| line.number);
    number.ok_or_else(|| client.failure(&sent, "it with its number", &quote(&line)))
}

/// Checks that a returning client gets the lines that it missed, and then the live ones. Returns the number of the last
/// line.
fn missed_lines(target: &Target, anna: &mut Client, room: &str, last: u64) -> Result<u64, Failure> {
    for text in ["one", "two", "three"] {
        say_and_receive(anna, text)?;
    }
    let query = format!("name=ben&since={last}&room={room}");
    let (mut ben, _) = enter(target, "ben", &query)?;
    let sent = format!("ben joined with /?{query} after lines had been said");
    let mut numbers = Numbers::after(last);
    for text in ["one", "two", "three"] {
        let line = numbers.next(&mut ben, &sent)?;
        if !line.rest.ends_with(text) {
            let line = line.to_string();
            return Err(ben.failure(&sent, &format!("{} next", quote(text)), &quote(&line)));
        }
    }
    let live = say_and_receive(anna, "live")?;
    numbers.until(&mut ben, &format!("{sent}, and anna sent \"live\""), "live")?;
    Ok(live)
}

/// Lets Ben reconnect several times while Anna talks. No line may be lost or duplicated where the live lines follow the
/// missed ones.
fn reconnect_repeatedly(
    target: &Target,
    anna: &mut Client,
    room: &str,
    last: u64,
) -> Result<u64, Failure> {
    let mut numbers = Numbers::after(last);
    for time in 1..=RECONNECTS {
        let talk = (1..=LINES).map(|line| text_frame(&format!("{time}.{line}")));
        anna.send(&talk.collect::<Vec<_>>().concat(), "anna talked")?;
        let since = numbers.last.unwrap_or(last);
        let query = format!("name=ben&since={since}&room={room}");
        let (mut ben, _) = enter(target, "ben", &query)?;
        let sent = format!("ben joined with /?{query} while anna talked");
        numbers.until(&mut ben, &sent, &format!("{time}.{}", LINES / 2))?;
        ben.vanish();
    }
    say_and_receive(anna, "enough")
}

/// Joins with `query`. Checks that the first numbered line has number 1, or follows the lines that a notice reports as
/// gone. Returns the private lines before the first numbered line.
fn all_lines_since_the_first(target: &Target, query: &str) -> Result<Vec<String>, Failure> {
    let (mut client, _) = enter(target, "carl", query)?;
    let sent = format!("carl joined with /?{query}");
    let expected = "the lines from number 1, or `* 42 lines are gone` and those after them";
    let mut private = Vec::new();
    let line = loop {
        let line = client.receive_next(&sent, expected)?;
        if !is_private(&line) || private.len() > 2 {
            break line;
        }
        private.push(line);
    };
    let gone = private.iter().find_map(|line| gap(line)).unwrap_or(0);
    match Numbered::parse(&line) {
        Some(first) if first.number == gone + 1 => Ok(private),
        _ => Err(client.failure(&sent, expected, &quote(&line))),
    }
}

fn another_room(target: &Target, query: &str) -> Result<(), Failure> {
    let private = all_lines_since_the_first(target, query)?;
    let is_reported = private.iter().any(|line| line == "* this is another room");
    is_reported.then_some(()).ok_or_else(|| {
        let sent = format!("carl joined with /?{query}");
        let got = private
            .first()
            .map_or("its lines without it".into(), |line| quote(line));
        Failure::new(sent, "carl to get `* this is another room`", got)
    })
}

/// Checks that a key lets a client replace its lost connection, even before the server has noticed the loss.
fn replace_the_lost_connection(
    target: &Target,
    anna: &mut Client,
    room: &str,
    last: u64,
) -> Result<(), Failure> {
    let path = format!("/?name=dora&key=dora-has-a-secret&since={last}&room={room}");
    let mut lost = Client::join(target, "dora", &path)?;
    lost.receive_next(&format!("dora joined with {path}"), "`* you are dora`")?;
    let mut dora = Client::join(target, "dora", &path)?;
    let sent = format!("dora joined with {path} a second time");
    let welcome = dora.receive_next(&sent, "`* you are dora`")?;
    if !welcome.starts_with("* you are dora ") {
        return Err(dora.failure(
            &sent,
            "`* you are dora`, because dora has the key",
            &quote(&welcome),
        ));
    }
    let deadline = lost.prompt_deadline();
    let end = loop {
        match lost.next(deadline) {
            Event::Text(_) => {}
            event => break event,
        }
    };
    if !matches!(end, Event::Close(Some(REPLACED), _)) {
        let expected = "Close 4001 on dora's first connection";
        return Err(Failure::new(&sent, expected, end.to_string()));
    }
    let path = "/?name=dora&key=another-secret";
    let mut stranger = Client::join(target, "a stranger", path)?;
    let sent = format!("a stranger joined with {path}");
    let welcome = stranger.receive_next(&sent, "another name than dora")?;
    if welcome.starts_with("* you are dora ") {
        return Err(stranger.failure(&sent, "another name than dora", &quote(&welcome)));
    }
    dora.say("I am still here")?;
    anna.receive_text("dora sent \"I am still here\"", " dora: I am still here")
        .map(drop)
}
