//! What has been seen on a wire, as lines for a terminal.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Instant;

use crate::base::color::{BOLD, DIM, PLAIN};
use crate::base::frame::Header;
use crate::base::id::ClientId;
use crate::base::line;
use crate::server::observe::trace::excerpt::{hex, hex_of_some, quoted};
use crate::server::observe::trace::stream::{Expected, MAX_SHOWN, Seen};

// Only the arrows have a color. What has to be read is plain, bold or dim, for no color can be read on every background.
const TO_SERVER: &str = "\x1b[35m";
const TO_CLIENT: &str = "\x1b[32m";

/// Which way something went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the client.
    ToServer,
    /// From the server.
    ToClient,
}

/// Something to be shown.
#[derive(Debug)]
pub struct Show {
    /// When it was read, or sent.
    pub at: Instant,
    /// Which connection it was.
    pub connection: ClientId,
    /// What it was.
    pub what: What,
}

/// What there is to show.
#[derive(Debug)]
pub enum What {
    /// A connection was accepted.
    Opened(SocketAddr),
    /// Something passed.
    Seen(Direction, Seen),
    /// The connection is closed, after so many bytes.
    Closed {
        /// From the client.
        received: u64,
        /// From the server.
        sent: u64,
    },
}

/// What the arrows and the columns mean. With short payloads they fit in a terminal of 80 columns.
pub fn legend(paints: bool) -> String {
    let arrows = "→ is what the client sends, ← what the server sends, B are bytes";
    let columns = format!(
        "{:>8} {:<7}   {:<6} FIN mask  length  {:<17}  payload",
        "time", "conn", "opcode", "header, in hex"
    );
    painted(paints, DIM, arrows) + "\n" + &painted(paints, DIM, &columns)
}

impl Show {
    /// The lines that show it, with the seconds since `began`.
    pub fn to_text(&self, began: Instant, paints: bool) -> String {
        let seconds = self.at.saturating_duration_since(began).as_secs_f64();
        let connection = format!("conn-{}", self.connection);
        let place = painted(paints, DIM, &format!("{seconds:8.3} {connection:<7} "));
        match &self.what {
            What::Opened(peer) => format!("{place}opened by {peer}"),
            What::Closed { received, sent } => {
                format!("{place}closed: → {received} bytes, ← {sent} bytes")
            }
            What::Seen(direction, seen) => {
                let (arrow, color) = match direction {
                    Direction::ToServer => ("→", TO_SERVER),
                    Direction::ToClient => ("←", TO_CLIENT),
                };
                let arrow = painted(paints, color, arrow);
                format!("{place}{arrow} {}", seen_text(seen, paints))
            }
        }
    }
}

fn seen_text(seen: &Seen, paints: bool) -> String {
    match seen {
        Seen::Head(head) => head_text(head, paints),
        Seen::Body(length, shown) => {
            let text = quoted(shown, *length);
            format!("HTTP, a body of {length} bytes  {text}")
        }
        Seen::Frame(header, bytes, payload) => frame_text(header, bytes, payload, paints),
        Seen::Unknown(length, shown) => {
            let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
            let text = if shown.iter().all(is_text) {
                quoted(shown, *length as u64)
            } else {
                hex_of_some(shown, *length as u64)
            };
            format!("{length} bytes, taken for neither HTTP nor a frame  {text}")
        }
        Seen::Begun(Expected::Frames, begun) => {
            let (length, hex) = (begun.len(), hex_of_some(begun, begun.len() as u64));
            format!("{length} bytes of a frame that did not come whole  {hex}")
        }
        Seen::Begun(expected, begun) => {
            let what = match expected {
                Expected::Body(_) => "body",
                _ => "head",
            };
            let (length, shown) = (begun.len(), begun.get(..MAX_SHOWN).unwrap_or(begun));
            let text = quoted(shown, length as u64);
            format!("HTTP, {length} bytes of a {what} that did not come whole  {text}")
        }
        Seen::Lacking(length) => format!("the last one lacks {length} bytes"),
    }
}

fn head_text(head: &[u8], paints: bool) -> String {
    let mut text = format!("HTTP, a head of {} bytes", head.len());
    let head = String::from_utf8_lossy(head);
    for (number, field) in head.trim().lines().enumerate() {
        let paints = paints && number == 0;
        let field = painted(paints, BOLD, &line::clean(field));
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n{:9}{field}", "");
    }
    text
}

fn frame_text(header: &Header, bytes: &[u8], payload: &[u8], paints: bool) -> String {
    let opcode = match header.opcode {
        0 => "more".to_owned(),
        1 => "text".to_owned(),
        2 => "binary".to_owned(),
        8 => "close".to_owned(),
        9 => "ping".to_owned(),
        10 => "pong".to_owned(),
        reserved => format!("0x{reserved:x}"),
    };
    let is_last = if header.is_last { "FIN" } else { "-" };
    let mask = header.mask.map_or("-", |_| "mask");
    let length = header.payload;
    let hex = painted(paints, BOLD, &format!("{:<17}", hex(bytes)));
    let payload = match header.opcode {
        2 => hex_of_some(payload, length),
        8 => close_text(payload, length),
        _ if length == 0 => String::new(),
        _ => quoted(payload, length),
    };
    let reserved = match header.reserved {
        0 => String::new(),
        bits => format!("RSV {bits:03b} "),
    };
    let text =
        format!("{opcode:<6} {is_last:<3} {mask:<4} {length:>5} B  {hex}  {reserved}{payload}");
    text.trim_end().to_owned()
}

/// The code and the reason of a Close (RFC 6455, section 5.5.1).
fn close_text(shown: &[u8], length: u64) -> String {
    match shown.split_first_chunk() {
        None => hex(shown),
        Some((code, [])) => u16::from_be_bytes(*code).to_string(),
        Some((code, reason)) => {
            let code = u16::from_be_bytes(*code);
            format!("{code} {}", quoted(reason, length.saturating_sub(2)))
        }
    }
}

fn painted(paints: bool, color: &str, text: &str) -> String {
    if paints {
        format!("{color}{text}{PLAIN}")
    } else {
        text.to_owned()
    }
}
