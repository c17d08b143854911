//! The handshake: an HTTP request that turns its connection into a WebSocket connection (RFC 6455, section 4).

use std::sync::atomic::Ordering;

use blocking_chat::base::deadline::Deadline;

use super::Target;
use super::failure::{Failure, quote};
use super::socket::Socket;

/// Keys, each with the accept value that a server must derive from it (section 4.2.2). If there were only one key, a
/// server could answer with a constant.
const KEYS: [(&str, &str); 2] = [
    ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("YSBzZWNvbmQgbm9uY2UhIQ==", "dkANU0GEreisgMdq52e+r/vs6mQ="),
];

/// Completes the handshake for `path`. A failure refers to the client as `name`.
pub fn upgrade(
    socket: &mut Socket,
    target: &Target,
    name: &str,
    path: &str,
) -> Result<(), Failure> {
    let earlier = target.handshakes.fetch_add(1, Ordering::Relaxed);
    let (key, accept) = KEYS[earlier % KEYS.len()];
    let sent = format!("{name} sent `GET {path}` with `Upgrade: websocket`");
    let fails = |expected: &str, got: String| Failure::new(&sent, expected, got);

    let expected = "`HTTP/1.1 101 Switching Protocols`";
    let head = request_upgrade(socket, path, key, target.patience.prompt_deadline())
        .map_err(|got| fails(expected, got))?;
    if !head.starts_with("HTTP/1.1 101") {
        let status = head.lines().next().unwrap_or_default();
        return Err(fails(expected, quote(status)));
    }
    for (field, value) in [("Upgrade", "websocket"), ("Connection", "upgrade")] {
        let found = field_of(&head, field).unwrap_or_default();
        let lower = found.to_lowercase();
        if !lower.split(',').any(|word| word.trim() == value) {
            return Err(fails(
                &format!("a header field `{field}: {value}`"),
                quote(found),
            ));
        }
    }
    let found = field_of(&head, "Sec-WebSocket-Accept").unwrap_or_default();
    if found != accept {
        let expected = format!("`Sec-WebSocket-Accept: {accept}` for the key `{key}`");
        return Err(fails(&expected, quote(found)));
    }
    Ok(())
}

/// Sends the request of a handshake and returns the head of the response. An error describes what arrived instead.
pub fn request_upgrade(
    socket: &mut Socket,
    path: &str,
    key: &str,
    deadline: Deadline,
) -> Result<String, String> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    );
    socket.send(request.as_bytes())?;
    socket
        .read_head(deadline)
        .map_err(|end| match &*socket.unread {
            [] => end.0,
            begin => format!("{}, then {}", quote(&String::from_utf8_lossy(begin)), end.0),
        })
}

/// Returns the value of the header field `name`, or `None` if `head` has no such field.
pub fn field_of<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(field, _)| field.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}
