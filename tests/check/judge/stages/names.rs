//! Each member has a name, which the server announces and puts before the member's lines.

use crate::judge::Target;
use crate::judge::client::Client;
use crate::judge::failure::{Failure, quote};
use crate::judge::handshake;
use crate::judge::numbers::Numbered;
use crate::judge::socket::Socket;

pub fn run(target: &Target) -> Result<(), Failure> {
    let mut anna = Client::join(target, "anna", "/?name=anna")?;
    is_welcome(
        &mut anna,
        "/?name=anna",
        |name| name == "anna",
        "`* you are anna`",
    )?;
    receive_notice(&mut anna, "anna joined with /?name=anna", "* anna joined")?;
    let mut ben = Client::join(target, "ben", "/?name=ben")?;
    is_welcome(
        &mut ben,
        "/?name=ben",
        |name| name == "ben",
        "`* you are ben`",
    )?;
    receive_notice(&mut anna, "ben joined with /?name=ben", "* ben joined")?;

    ben.say("hello")?;
    receive_notice(&mut anna, "ben sent \"hello\"", "ben: hello")?;
    // Text that looks like another member's line is still just text.
    ben.say("anna: hello")?;
    receive_notice(&mut anna, "ben sent \"anna: hello\"", "ben: anna: hello")?;

    let mut second = Client::join(target, "the second anna", "/?name=anna")?;
    let another = |name: &str| name.starts_with("anna-") && name.len() > "anna-".len();
    let name = is_welcome(&mut second, "/?name=anna", another, "`* you are anna-2`");
    let name = name.map_err(|failure| failure.during("while anna was there"))?;
    second.say("I am new")?;
    receive_notice(
        &mut anna,
        "the second anna sent \"I am new\"",
        &format!("{name}: I am new"),
    )?;
    other_names(target)
}

/// Checks that a client needs no name, that a name may have non-ASCII letters, and that invalid names are refused.
fn other_names(target: &Target) -> Result<(), Failure> {
    let mut guest = Client::join(target, "a guest", "/")?;
    let some = |name: &str| !["", "anna", "ben"].contains(&name);
    is_welcome(&mut guest, "/", some, "`* you are guest-1` or the like")?;

    let mut zoe = Client::join(target, "zoë", "/?name=zo%C3%AB")?;
    is_welcome(
        &mut zoe,
        "/?name=zo%C3%AB",
        |name| name == "zoë",
        "`* you are zoë`",
    )?;
    for (query, why) in [
        ("a%20b", "a space"),
        ("a%0Ab", "a line end"),
        ("x%3A", "a colon"),
        ("123456789012345678901234567890123", "33 characters"),
    ] {
        is_refused(target, query, why)?;
    }
    Ok(())
}

/// Checks that the first line is a welcome with a suitable name. Returns the name.
fn is_welcome(
    client: &mut Client,
    path: &str,
    is_right: impl Fn(&str) -> bool,
    line: &str,
) -> Result<String, Failure> {
    let sent = format!("{} joined with {path}", client.name());
    let expected = format!("{line} as the first line");
    let welcome = client.receive_next(&sent, &expected)?;
    let name = welcome.strip_prefix("* you are ");
    let name = name
        .and_then(|rest| rest.split(' ').next())
        .filter(|name| is_right(name));
    let name = name.ok_or_else(|| client.failure(&sent, &expected, &quote(&welcome)))?;
    Ok(name.to_owned())
}

/// Waits for a line that consists of a number and this text.
fn receive_notice(client: &mut Client, sent: &str, rest: &str) -> Result<(), Failure> {
    let line = format!("`NUMBER {rest}`");
    let accepts = |line: &str| Numbered::parse(line).is_some_and(|line| line.rest == rest);
    client.receive_matching(sent, &line, accepts).map(drop)
}

/// Checks that the server refuses an invalid name during the handshake.
fn is_refused(target: &Target, query: &str, why: &str) -> Result<(), Failure> {
    let sent = format!("a client asked for /?name={query}, a name with {why}");
    let expected = "the answer `HTTP/1.1 400 Bad Request`";
    let fails = |got: String| Failure::new(&sent, expected, got);
    let mut socket = Socket::connect(target).map_err(fails)?;
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    let path = format!("/?name={query}");
    let head =
        handshake::request_upgrade(&mut socket, &path, key, target.patience.prompt_deadline())
            .map_err(fails)?;
    match head.get(..12) {
        Some("HTTP/1.1 400") => Ok(()),
        _ => Err(fails(quote(head.lines().next().unwrap_or_default()))),
    }
}
