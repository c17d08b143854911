//! Both directions of one connection, taken apart. No socket, no thread.
//!
//! The two have to know of each other: an answer to HEAD has no body, whatever its head says, and frames follow a request
//! only if the answer is 101.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::stream::{Expected, Seen, Stream};
use crate::server::http::{Head, MAX_FIELDS, MAX_HEAD};

/// What one direction knows of the other.
#[derive(Debug, Default)]
pub struct Between {
    /// The methods of the requests that are not answered yet. Held for one operation at a time.
    asked: Mutex<VecDeque<String>>,
    /// Whether the last answer was not 101.
    is_refused: AtomicBool,
}

impl Between {
    fn asked(&self) -> MutexGuard<'_, VecDeque<String>> {
        // Whatever a panic has left here, it is only for show.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a peer has said to the server.
#[derive(Debug, Default)]
pub struct ToServer {
    stream: Stream,
    /// How many bytes it was in all.
    pub bytes: u64,
}

impl ToServer {
    /// Takes what has been read apart.
    pub fn take_apart(&mut self, bytes: &[u8], between: &Between) -> Vec<Seen> {
        self.bytes += bytes.len() as u64;
        let is_refused = between.is_refused.load(Ordering::SeqCst);
        if is_refused && self.stream.expected == Expected::Frames {
            // What a client sends in the belief that it has a WebSocket is discarded.
            self.stream.expected = Expected::Unknown;
        }
        self.stream.add(bytes);
        let mut seen = Vec::new();
        while let Some(next) = self.stream.next(|head| request(head, between)) {
            seen.push(next);
        }
        seen
    }
}

/// What the server has said to a peer.
#[derive(Debug, Default)]
pub struct ToClient {
    stream: Stream,
    /// How many bytes it was in all.
    pub bytes: u64,
}

impl ToClient {
    /// Takes what has been sent apart.
    pub fn take_apart(&mut self, bytes: &[u8], between: &Between) -> Vec<Seen> {
        self.bytes += bytes.len() as u64;
        self.stream.add(bytes);
        let mut seen = Vec::new();
        while let Some(next) = self.stream.next(|head| answer(head, between)) {
            let is_refused = self.stream.expected != Expected::Frames;
            between.is_refused.store(is_refused, Ordering::SeqCst);
            seen.push(next);
        }
        seen
    }
}

/// The length of a request's head, and what follows it. What is no HTTP is followed by nothing that could be known.
fn request(bytes: &[u8], between: &Between) -> Option<(usize, Expected)> {
    let Ok(parsed) = Head::parse(bytes) else {
        return Some((bytes.len(), Expected::Unknown));
    };
    let (head, length) = parsed?;
    let expected = if head.has_word("upgrade", "websocket") {
        Expected::Frames
    } else {
        let field = head.values("content-length").next();
        body(field.and_then(|length| crate::line::decimal(length.trim())))
    };
    between.asked().push_back(head.method);
    Some((length, expected))
}

/// The length of an answer's head, and what follows it (RFC 9112, section 6.3).
fn answer(bytes: &[u8], between: &Between) -> Option<(usize, Expected)> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut answer = httparse::Response::new(&mut fields);
    let length = match answer.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => return None,
        _ => return Some((bytes.len(), Expected::Unknown)),
    };
    let field = |name: &str| {
        let mut fields = answer.headers.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(field.value).ok()
    };
    let expected = match answer.code {
        Some(101) => Expected::Frames,
        // The answer itself is still to come.
        Some(100..200) => Expected::Head,
        _ if between.asked().pop_front().as_deref() == Some("HEAD") => Expected::Head,
        _ => body(field("content-length").and_then(crate::line::decimal)),
    };
    Some((length, expected))
}

fn body(length: Option<u64>) -> Expected {
    match length {
        None | Some(0) => Expected::Head,
        Some(length) => Expected::Body(length),
    }
}
