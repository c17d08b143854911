//! Turns bytes into text without control characters, which a terminal would obey.

use tungstenite::protocol::frame::coding::OpCode;

use crate::base::frame::Header;
use crate::base::key::without_keys;
use crate::base::line;

/// How many bytes of a payload or a body are shown: 80, the width of most terminals.
pub const MAX_SHOWN: usize = 80;

/// The fields that may hold a secret. The server reads none of them, but browsers and proxies send them.
const SECRET_FIELDS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The arrows to the server and to the client.
pub(super) const ARROWS: [&str; 2] = ["→", "←"];

/// The same arrows in color. Only the arrows have a color, because no color is readable on every background.
pub(super) const COLORED_ARROWS: [&str; 2] = ["\x1b[35m→\x1b[0m", "\x1b[32m←\x1b[0m"];

/// The meaning of the arrows and columns. With short payloads a line fits in a terminal of 80 columns.
pub(super) const LEGEND: &str = "\
→ from the client, ← from the server, B = bytes
    time conn      opcode FIN mask  length  header, in hex     payload";

/// Returns the head of a request or a response, with a line for each field. A secret is shown as `…`.
pub(super) fn head(head: &[u8]) -> String {
    let mut text = format!("HTTP, a head of {} bytes", head.len());
    for field in String::from_utf8_lossy(head).trim().lines() {
        text.push_str("\n         ");
        text.push_str(&without_secret(&line::clean(field)));
    }
    text
}

/// Returns a line of a head without the value of a secret field, and without keys in a URL.
fn without_secret(field: &str) -> String {
    match field.split_once(':') {
        Some((name, _)) if SECRET_FIELDS.iter().any(|it| name.eq_ignore_ascii_case(it)) => {
            format!("{name}: …")
        }
        _ => without_keys(field),
    }
}

/// Returns the text for a body of `length` bytes, which begins with `shown`.
pub(super) fn body(shown: &[u8], length: u64) -> String {
    format!("HTTP, a body of {length} bytes  {}", quoted(shown, length))
}

/// Returns a frame as text: its header, the header's `bytes`, and the beginning of its unmasked payload.
pub(super) fn frame(header: &Header, bytes: &[u8], shown: &[u8]) -> String {
    let length = header.payload_length;
    let payload = match header.opcode {
        2 => hex_start(shown, length),
        8 => close(shown, length),
        _ if length == 0 => String::new(),
        _ => quoted(shown, length),
    };
    let reserved = match header.reserved {
        0 => String::new(),
        bits => format!("RSV {bits:03b} "),
    };
    let opcode = OpCode::from(header.opcode).to_string().to_lowercase();
    let is_last = if header.is_last { "FIN" } else { "-" };
    let mask = if header.mask.is_some() { "mask" } else { "-" };
    let hex = hex(bytes);
    let text =
        format!("{opcode:<6} {is_last:<3} {mask:<4} {length:>5} B  {hex:<17}  {reserved}{payload}");
    text.trim_end().to_owned()
}

/// Returns the code and the reason of a Close (RFC 6455, section 5.5.1).
fn close(shown: &[u8], length: u64) -> String {
    match shown.split_first_chunk() {
        None => hex(shown),
        Some((code, [])) => u16::from_be_bytes(*code).to_string(),
        Some((code, reason)) => {
            let (code, reason) = (u16::from_be_bytes(*code), quoted(reason, length - 2));
            format!("{code} {reason}")
        }
    }
}

/// Returns the text for bytes that are not a complete head, body or frame. `what` describes them.
///
/// The text contains only their first bytes, which are too few to reveal a secret.
pub(super) fn bytes(bytes: &[u8], what: &str) -> String {
    let (shown, length) = (&bytes[..bytes.len().min(8)], bytes.len() as u64);
    let is_text = shown.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let text = if is_text {
        quoted(shown, length)
    } else {
        hex_start(shown, length)
    };
    format!("{length} bytes {what}  {text}")
}

/// Returns the text for further bytes that cannot be parsed. It contains only their count, because they may hold a secret.
pub(super) fn more(bytes: &[u8]) -> String {
    format!("{} more bytes", bytes.len())
}

/// Returns text in quotes, and how many of its `length` bytes are missing. Bytes that are not UTF-8 are escaped.
fn quoted(shown: &[u8], length: u64) -> String {
    let shown = match std::str::from_utf8(shown) {
        // The text continues after `shown`, and the last character is incomplete. Do not show that character.
        Err(error) if length > shown.len() as u64 && error.error_len().is_none() => {
            &shown[..error.valid_up_to()]
        }
        _ => shown,
    };
    let mut text = String::new();
    for chunk in shown.utf8_chunks() {
        let valid = format!("{:?}", chunk.valid());
        text.push_str(&valid[1..valid.len() - 1]);
        text.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    match length - shown.len() as u64 {
        0 => format!("\"{text}\""),
        more => format!("\"{text}\" and {more} bytes"),
    }
}

/// Returns the first eight bytes in hex, and dots if there are more.
fn hex_start(bytes: &[u8], length: u64) -> String {
    let more = if length > 8 { " ..." } else { "" };
    hex(&bytes[..bytes.len().min(8)]) + more
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
