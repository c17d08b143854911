//! What has been seen on a wire, as lines for a terminal.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Instant;

use super::stream::Seen;
use crate::colour::{BOLD, DIM, PLAIN};
use crate::frame::Header;
use crate::line;
use crate::server::socket::ClientId;

const TO_SERVER: &str = "\x1b[36m";
const TO_CLIENT: &str = "\x1b[32m";
const HEADER: &str = "\x1b[33m";

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

/// What the columns mean.
pub fn legend(paints: bool) -> String {
    let columns =
        "    time connection direction opcode FIN mask  length  header, in hex     payload";
    painted(paints, DIM, columns)
}

impl Show {
    /// The lines that show it, with the seconds since `began`.
    pub fn to_text(&self, began: Instant, paints: bool) -> String {
        let seconds = self.at.saturating_duration_since(began).as_secs_f64();
        let connection = format!("conn-{}", self.connection);
        let place = painted(paints, DIM, &format!("{seconds:8.3} {connection:<10} "));
        match &self.what {
            What::Opened(peer) => format!("{place}opened by {peer}"),
            What::Closed { received, sent } => {
                format!("{place}closed: {received} bytes → server, {sent} bytes ← server")
            }
            What::Seen(direction, seen) => {
                let (arrow, colour) = match direction {
                    Direction::ToServer => ("→ server", TO_SERVER),
                    Direction::ToClient => ("← server", TO_CLIENT),
                };
                let arrow = painted(paints, colour, arrow);
                format!("{place}{arrow}  {}", seen_text(seen, colour, paints))
            }
        }
    }
}

fn seen_text(seen: &Seen, colour: &str, paints: bool) -> String {
    match seen {
        Seen::Head(head) => {
            let mut text = format!("HTTP, a head of {} bytes", head.len());
            let head = String::from_utf8_lossy(head);
            for (number, field) in head.trim().lines().enumerate() {
                let weight = if number == 0 { BOLD } else { "" };
                let field = painted(paints, &format!("{weight}{colour}"), &line::clean(field));
                // Writing to a `String` cannot fail.
                let _ = write!(text, "\n{:30}{field}", "");
            }
            text
        }
        Seen::Body(length, shown) => {
            let text = quoted(shown, *length);
            format!("HTTP, a body of {length} bytes  {text}")
        }
        Seen::Frame(header, bytes, payload) => frame_text(header, bytes, payload, paints),
        Seen::Unknown(length) => format!("{length} bytes, neither HTTP nor frames"),
    }
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
    let hex = painted(paints, HEADER, &format!("{:<17}", hex(bytes)));
    let payload = match header.opcode {
        2 => hex_of_some(payload, length),
        8 => close_text(payload),
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
fn close_text(payload: &[u8]) -> String {
    match payload.split_first_chunk() {
        None => String::new(),
        Some((code, [])) => u16::from_be_bytes(*code).to_string(),
        Some((code, reason)) => {
            let code = u16::from_be_bytes(*code);
            format!("{code} {}", quoted(reason, reason.len() as u64))
        }
    }
}

/// Text in quotes, with all escaped that a terminal could obey, and how much is not shown of it.
fn quoted(shown: &[u8], length: u64) -> String {
    let text = String::from_utf8_lossy(shown);
    match length.saturating_sub(shown.len() as u64) {
        0 => format!("{text:?}"),
        more => {
            // The last character may be cut.
            let text = text.trim_end_matches('\u{FFFD}');
            format!("{text:?} and {more} bytes")
        }
    }
}

fn hex_of_some(payload: &[u8], length: u64) -> String {
    const SOME: usize = 8;
    let shown = payload.get(..SOME).unwrap_or(payload);
    let more = if length > SOME as u64 { " ..." } else { "" };
    format!("{}{more}", hex(shown))
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

fn painted(paints: bool, colour: &str, text: &str) -> String {
    if paints {
        format!("{colour}{text}{PLAIN}")
    } else {
        text.to_owned()
    }
}
