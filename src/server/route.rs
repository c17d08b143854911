//! Where a request goes: the paths, their methods and the parameters of the query.

use tungstenite::handshake::server::{create_response, write_response};
use tungstenite::http;
use tungstenite::{Bytes, Error, error::ProtocolError};

use super::http::Head;
use super::join::Asked;
use super::origin::{self, Origin};
use super::refusal::Refusal;
use crate::line;
use crate::name::Name;

/// A WebSocket that a request asks for.
#[derive(Debug)]
pub struct Upgrade {
    /// The answer that switches protocols.
    pub switching: Bytes,
    /// What is asked of the room, or `None` for an echo, which is in no room.
    pub asked: Option<Asked>,
}

/// Finds the route of a request.
///
/// # Errors
/// The refusal to send: 400, 403, 404, 405 or 426.
pub fn find(head: &Head, allowed: &[Origin]) -> Result<Upgrade, Refusal> {
    find_it(head, allowed).map_err(|refusal| refusal.to(&head.method))
}

fn find_it(head: &Head, allowed: &[Origin]) -> Result<Upgrade, Refusal> {
    origin::check(head, allowed)?;
    if !matches!(head.path.as_str(), "/" | "/echo") {
        return Err(Refusal::new(
            404,
            "There is nothing here; the chat is at / and an echo at /echo.",
        ));
    }
    if head.method != "GET" {
        return Err(Refusal::new(405, "Only GET is served here.").with("Allow", "GET"));
    }
    if !head.has_word("upgrade", "websocket") {
        return Err(version_13(Refusal::new(
            426,
            "This is a WebSocket server: connect with a WebSocket client.",
        )));
    }
    if head.has_body() {
        return Err(Refusal::new(
            400,
            "A request to upgrade may not have a body.",
        ));
    }
    let switching = switch_protocols(head)?;
    let asked = if head.path == "/echo" {
        None
    } else {
        Some(asked(&head.query)?)
    };
    Ok(Upgrade { switching, asked })
}

/// The answer 101 to an upgrade (RFC 6455, section 4.2.2).
fn switch_protocols(head: &Head) -> Result<Bytes, Refusal> {
    let refuse = |sentence: String| Refusal::new(400, sentence);
    if !head.is_http_1_1 {
        return Err(refuse("An upgrade needs HTTP/1.1.".to_owned()));
    }
    let mut request = http::Request::builder()
        .uri("/")
        .header("Upgrade", "websocket");
    if head.has_word("connection", "upgrade") {
        request = request.header("Connection", "Upgrade");
    }
    for name in ["sec-websocket-version", "sec-websocket-key"] {
        if let Some(value) = head.only(name)? {
            request = request.header(name, value.trim());
        }
    }
    let request = request
        .body(())
        .map_err(|error| refuse(format!("This is no valid upgrade: {error}.")))?;
    let response = create_response(&request).map_err(|error| match error {
        Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader) => {
            version_13(Refusal::new(
                426,
                "This server speaks version 13 of the WebSocket protocol.",
            ))
        }
        Error::Protocol(error) => refuse(format!("This is no valid upgrade: {error}.")),
        error => refuse(format!("This is no valid upgrade: {error}.")),
    })?;
    let mut bytes = Vec::new();
    write_response(&mut bytes, &response)
        .map_err(|error| refuse(format!("This is no valid upgrade: {error}.")))?;
    Ok(bytes.into())
}

/// RFC 9110, section 15.5.22, wants Upgrade in a 426, and RFC 6455, section 4.4, the version.
fn version_13(refusal: Refusal) -> Refusal {
    refusal
        .with("Upgrade", "websocket")
        .with("Sec-WebSocket-Version", "13")
}

/// Reads the parameters of a place in the room. Those that are not known are left alone.
fn asked(query: &str) -> Result<Asked, Refusal> {
    let mut asked = Asked::default();
    let mut seen = Vec::new();
    for (parameter, value) in form_urlencoded::parse(query.as_bytes()) {
        match parameter.as_ref() {
            "name" => {
                asked.name = Some(
                    Name::parse(&value)
                        .map_err(|error| Refusal::new(400, format!("This is no name: {error}.")))?,
                )
            }
            "since" => {
                asked.since = Some(
                    line::decimal(&value)
                        .ok_or_else(|| malformed("since", "the number of a line"))?,
                )
            }
            "room" => asked.room = Some(value.into_owned()),
            "key" if is_key(&value) => asked.key = Some(value.into_owned()),
            "key" => return Err(malformed("key", "1 to 64 of A-Z, a-z, 0-9, - and _")),
            "until" | "wait" => {
                _ = line::decimal(&value).ok_or_else(|| malformed(&parameter, "a number"))?
            }
            _ => continue,
        }
        if seen.contains(&parameter) {
            return Err(Refusal::new(
                400,
                format!("The parameter {parameter} stands there twice."),
            ));
        }
        seen.push(parameter);
    }
    Ok(asked)
}

fn malformed(parameter: &str, form: &str) -> Refusal {
    Refusal::new(400, format!("The parameter {parameter} must be {form}."))
}

fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
