//! Bytes as text without control characters, which a terminal would obey.

use std::fmt::Write;
use std::time::Duration;

use crate::base::color::{BOLD, DIM, PLAIN};
use crate::base::frame::Header;
use crate::base::id::ClientId;
use crate::base::key::without_keys;
use crate::base::line;
use crate::server::observe::trace::direction::Direction;

/// How much of a payload or a body is shown: 80 bytes, a line of most terminals.
pub const MAX_SHOWN: usize = 80;

/// The fields that may hold a secret. The server reads none of them, but browsers and proxies send them.
const SECRET_FIELDS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

// Only the arrows have a color. The rest is plain, bold or dim, because no color is readable on every background.
const MAGENTA: &str = "\x1b[35m";
const GREEN: &str = "\x1b[32m";

/// Returns the text as it is printed. Without colors it has no escape sequences: those of a peer are escaped already.
pub fn for_output(text: String, has_color: bool) -> String {
    if has_color {
        return text;
    }
    let sequences = [DIM, BOLD, MAGENTA, GREEN, PLAIN];
    sequences.iter().fold(text, |text, it| text.replace(it, ""))
}

/// Returns the meaning of the arrows and columns. With short payloads a line fits in a terminal of 80 columns.
pub(super) fn legend() -> String {
    let arrows = "→ is what the client sends, ← what the server sends, B are bytes";
    let columns = "    time conn      opcode FIN mask  length  header, in hex     payload";
    format!("{DIM}{arrows}{PLAIN}\n{DIM}{columns}{PLAIN}")
}

/// Puts the time in seconds and the connection before a text.
pub(super) fn with_time(time: Duration, id: ClientId, text: &str) -> String {
    let (seconds, connection) = (time.as_secs_f64(), format!("conn-{id}"));
    format!("{DIM}{seconds:8.3} {connection:<7} {PLAIN}{text}")
}

pub(super) fn with_arrow(direction: Direction, text: &str) -> String {
    match direction {
        Direction::ToServer => format!("{MAGENTA}→{PLAIN} {text}"),
        Direction::ToClient => format!("{GREEN}←{PLAIN} {text}"),
    }
}

/// Returns the head of a request or a response, with a line for each field. A secret in it is shown as `…`.
pub(super) fn head(head: &[u8]) -> String {
    let mut text = format!("HTTP, a head of {} bytes", head.len());
    let head = String::from_utf8_lossy(head);
    for (number, field) in head.trim().lines().enumerate() {
        let weight = if number == 0 { BOLD } else { PLAIN };
        let field = without_secret(&line::clean(field));
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n{:9}{weight}{field}{PLAIN}", "");
    }
    text
}

/// Returns a line of a head without the value of a secret field, and without the keys of names.
fn without_secret(field: &str) -> String {
    match field.split_once(':') {
        Some((name, _)) if SECRET_FIELDS.iter().any(|it| name.eq_ignore_ascii_case(it)) => {
            format!("{name}: …")
        }
        _ => without_keys(field),
    }
}

/// Returns a body of `length` bytes, which begins with `shown`.
pub(super) fn body(length: u64, shown: &[u8]) -> String {
    format!("HTTP, a body of {length} bytes  {}", quoted(shown, length))
}

/// Returns a frame as text: its header, the header's `bytes`, and the beginning of its unmasked payload.
pub(super) fn frame(header: &Header, bytes: &[u8], shown: &[u8]) -> String {
    let opcode = match header.opcode {
        0 => "more",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        reserved => &format!("0x{reserved:x}"),
    };
    let is_last = if header.is_last { "FIN" } else { "-" };
    let mask = if header.mask.is_some() { "mask" } else { "-" };
    let (length, hex) = (header.payload, hex(bytes));
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
    let header =
        format!("{opcode:<6} {is_last:<3} {mask:<4} {length:>5} B  {BOLD}{hex:<17}{PLAIN}");
    format!("{header}  {reserved}{payload}")
        .trim_end()
        .to_owned()
}

/// Returns the code and the reason of a Close (RFC 6455, section 5.5.1).
fn close(shown: &[u8], length: u64) -> String {
    let Some((code, reason)) = shown.split_first_chunk() else {
        return hex(shown);
    };
    let code = u16::from_be_bytes(*code);
    match reason {
        [] => code.to_string(),
        _ => format!("{code} {}", quoted(reason, length.saturating_sub(2))),
    }
}

/// Returns bytes that are not a whole head, body or frame. `what` says what is known of them.
pub(super) fn bytes(bytes: &[u8], what: &str) -> String {
    let length = bytes.len() as u64;
    let shown = &bytes[..bytes.len().min(MAX_SHOWN)];
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let text = if shown.iter().all(is_text) {
        without_keys(&quoted(shown, length))
    } else {
        hex_start(shown, length)
    };
    format!("{length} bytes {what}  {text}")
}

/// Returns text in quotes, and how many of its `length` bytes are missing. Bytes that are not UTF-8 are escaped.
fn quoted(shown: &[u8], length: u64) -> String {
    let is_cut = length > shown.len() as u64;
    let shown = match std::str::from_utf8(shown) {
        // The cut went through the last character, so it is not shown.
        Err(error) if is_cut && error.error_len().is_none() => &shown[..error.valid_up_to()],
        _ => shown,
    };
    let mut text = String::new();
    for chunk in shown.utf8_chunks() {
        let valid = format!("{:?}", chunk.valid());
        text.push_str(&valid[1..valid.len() - 1]);
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    match length.saturating_sub(shown.len() as u64) {
        0 => format!("\"{text}\""),
        more => format!("\"{text}\" and {more} bytes"),
    }
}

/// Returns the first eight bytes in hex, and whether there are more.
fn hex_start(bytes: &[u8], length: u64) -> String {
    let shown = hex(&bytes[..bytes.len().min(8)]);
    if length > 8 {
        format!("{shown} ...")
    } else {
        shown
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
