//! Turns bytes into text without control characters, which a terminal would obey.

use tungstenite::protocol::frame::coding::OpCode;

use crate::base::frame::Header;
use crate::base::key::without_keys;
use crate::base::line;

/// At most this many bytes of a payload or a body are shown: 80, the width of most terminals.
pub const MAX_SHOWN: usize = 80;

/// The fields that may hold a secret. The server reads none of them, but browsers and proxies send them.
const SECRET_FIELDS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The arrows for the two directions: to the server, and to the client.
pub(super) const ARROWS: [&str; 2] = ["→", "←"];

/// The [`ARROWS`] in color. Only the arrows have a color, because no color is readable on every background.
pub(super) const COLORED_ARROWS: [&str; 2] = ["\x1b[35m→\x1b[0m", "\x1b[32m←\x1b[0m"];

/// The meaning of the arrows and columns. A line with a short payload fits in a terminal that is 80 characters wide.
pub(super) const LEGEND: &str = "\
→ from the client, ← from the server, B = bytes
    time conn      opcode FIN mask  length  header, in hex     payload";

/// Returns the head of a request or a response, with a line for each field. Secret values and keys are shown as `…`.
pub(super) fn head(head: &[u8]) -> String {
    let mut text = format!("HTTP, a head of {} bytes", head.len());
    for field in String::from_utf8_lossy(head).trim().lines() {
        let name = field.split(':').next().unwrap_or_default();
        let is_secret = SECRET_FIELDS.iter().any(|it| name.eq_ignore_ascii_case(it));
        text.push_str("\n         ");
        if is_secret {
            text.push_str(&format!("{name}: …"));
        } else {
            text.push_str(&without_keys(&line::clean(field)));
        }
    }
    text
}

/// Returns a frame as text: its header, the header's `bytes`, and the beginning of `payload`, which this function
/// unmasks.
pub(super) fn frame(header: &Header, bytes: &[u8], payload: &[u8]) -> String {
    let mask = header.mask.unwrap_or_default();
    let unmasked = payload.iter().zip(mask.iter().cycle());
    let shown: Vec<u8> = unmasked.map(|(byte, mask)| byte ^ mask).collect();
    let length = header.payload_length;
    let payload = match (header.opcode, shown.split_first_chunk()) {
        (_, None) if length == 0 => String::new(),
        (2, _) => hex(&shown[..shown.len().min(8)]),
        // A Close has a code and maybe a reason (RFC 6455, section 5.5.1).
        (8, Some((code, []))) => u16::from_be_bytes(*code).to_string(),
        (8, Some((code, reason))) => {
            let reason = quoted(reason, length - 2);
            format!("{} {reason}", u16::from_be_bytes(*code))
        }
        _ => quoted(&shown, length),
    };
    let opcode = OpCode::from(header.opcode).to_string().to_lowercase();
    let is_last = if header.is_last { "FIN" } else { "-" };
    let mask = if header.mask.is_some() { "mask" } else { "-" };
    let hex = hex(bytes);
    let text = format!("{opcode:<6} {is_last:<3} {mask:<4} {length:>5} B  {hex:<17}  {payload}");
    text.trim_end().to_owned()
}

/// Returns the text for bytes that are neither HTTP nor a frame. At most 8 bytes are shown, too few for a secret.
pub(super) fn not_parsed(bytes: &[u8]) -> String {
    let length = bytes.len();
    let shown = quoted(&bytes[..length.min(8)], length as u64);
    format!("{length} bytes that are neither HTTP nor a frame  {shown}")
}

/// Returns `shown` in quotes, and how many of the `length` bytes are not shown. Bytes that are not UTF-8 are escaped.
pub(super) fn quoted(shown: &[u8], length: u64) -> String {
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
        1 => format!("\"{text}\" and 1 byte"),
        more => format!("\"{text}\" and {more} bytes"),
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
