//! The room over HTTP: polling, long polling, and posting.

use std::time::{Duration, Instant};

use crate::judge::Target;
use crate::judge::client::Client;
use crate::judge::failure::{Failure, quote};
use crate::judge::handshake::field_of;
use crate::judge::http::{Http, Response};
use crate::judge::numbers::Numbered;

/// The timeout of a long poll. The `wait` parameter takes whole seconds.
const WAIT: Duration = Duration::from_secs(1);

pub fn run(target: &Target) -> Result<(), Failure> {
    let mut anna = Client::join(target, "anna", "/?name=anna")?;
    let mut http = Http::connect(target)?;
    let hello = say(&mut anna, "hello")?;
    let last = say(&mut anna, "how are you?")?;
    poll(&mut http, &hello, &last)?;
    post(&mut http, &mut anna)?;
    let newest = say(&mut anna, "one more")?;
    poll_until_the_timeout(&mut http, newest.number)?;
    poll_until_a_line(&mut http, &mut anna, newest.number)?;
    let mut other = Http::connect(target)?;
    other.get("/lines?since=x", 400)?;
    let mut other = Http::connect(target)?;
    other.post("/lines", "without a name", 400).map(drop)
}

/// Sends a line and returns it as all clients receive it.
fn say(anna: &mut Client, text: &str) -> Result<Numbered, Failure> {
    anna.say(text)?;
    let sent = format!("anna sent {}", quote(text));
    let line = anna.receive_text(&sent, text)?;
    Numbered::parse(&line).ok_or_else(|| anna.failure(&sent, "a line with a number", &quote(&line)))
}

/// Polls for the lines after a number, several times over one connection.
fn poll(http: &mut Http, hello: &Numbered, last: &Numbered) -> Result<(), Failure> {
    let before = format!("/lines?since={}", hello.number - 1);
    let all = http.get(&before, 200)?;
    expect_body(&all, &before, &format!("{hello}\n{last}\n"))?;
    for (field, begin, whole) in [
        ("Content-Type", "text/plain", "text/plain"),
        ("Room", "", "ID"),
    ] {
        let value = field_of(&all.head, field);
        if !value.is_some_and(|value| value.to_lowercase().starts_with(begin)) {
            let sent = format!("sent `GET {before}`");
            let expected = format!("a header field `{field}: {whole}`");
            return Err(Failure::new(sent, expected, quote(value.unwrap_or("none"))));
        }
    }
    for (since, expected) in [(hello, format!("{last}\n")), (last, String::new())] {
        let path = format!("/lines?since={}", since.number);
        let response = http.get(&path, 200);
        let response = response.map_err(|failure| failure.during("on the same connection"))?;
        expect_body(&response, &path, &expected)?;
    }
    let path = format!("/lines?since={}&until={}", hello.number - 1, hello.number);
    expect_body(&http.get(&path, 200)?, &path, &format!("{hello}\n"))
}

fn expect_body(response: &Response, path: &str, body: &str) -> Result<(), Failure> {
    match response.body == body {
        true => Ok(()),
        false => Err(Failure::new(
            format!("sent `GET {path}`"),
            quote(body),
            quote(&response.body),
        )),
    }
}

/// Checks that posted lines reach WebSocket clients, with the same numbers as in the response.
fn post(http: &mut Http, anna: &mut Client) -> Result<(), Failure> {
    let response = http.post("/lines?name=ben", "over HTTP\nin two lines\n", 201)?;
    let sent = "sent `POST /lines?name=ben` with \"over HTTP\\nin two lines\"";
    for text in ["ben: over HTTP", "ben: in two lines"] {
        let line = anna.receive_text(sent, &format!(" {text}"))?;
        if !response.lines().contains(&&*line) {
            let expected = format!("{} in the answer", quote(&line));
            return Err(Failure::new(sent, expected, quote(&response.body)));
        }
    }
    Ok(())
}

/// Checks that a long poll gets an empty response when it times out.
fn poll_until_the_timeout(http: &mut Http, newest: u64) -> Result<(), Failure> {
    let path = format!("/lines?since={newest}&wait={}", WAIT.as_secs());
    let begun = Instant::now();
    let response = http.get(&path, 200)?;
    expect_body(&response, &path, "")?;
    // The server's timer and the judge's clock may differ slightly.
    if begun.elapsed() < WAIT.mul_f32(0.9) {
        let got = format!("an answer after {} ms", begun.elapsed().as_millis());
        let expected = "an empty answer after a second";
        return Err(Failure::new(
            format!("sent `GET {path}` and nobody spoke"),
            expected,
            got,
        ));
    }
    Ok(())
}

/// Checks that a long poll is answered as soon as a member speaks.
fn poll_until_a_line(http: &mut Http, anna: &mut Client, newest: u64) -> Result<(), Failure> {
    let path = format!("/lines?since={newest}&wait=30");
    http.send_get(&path)?;
    let line = say(anna, "at last")?;
    let response = http.expect_response(
        &format!("sent `GET {path}`, and anna sent \"at last\""),
        200,
    )?;
    expect_body(&response, &path, &format!("{line}\n"))
}
