//! Both directions of one connection, taken apart. No socket, no thread.
//!
//! The two have to know of each other: an answer to HEAD has no body, whatever its head says, and frames follow a request
//! only if the answer is 101.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::server::http::head::{Head, MAX_FIELDS, MAX_HEAD};
use crate::server::observe::trace::stream::{Expected, Seen, Stream};

/// How many requests may wait for their answers: 256. A server that reads one after the other has never read so many ahead,
/// but after it has refused one, it only discards what still comes.
const MAX_ASKED: usize = 256;

/// What one direction knows of the other. Held for one operation at a time.
#[derive(Debug, Default)]
pub struct Between(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Whether they are HEAD, of the requests that are not answered yet.
    asked: VecDeque<bool>,
    /// Whether the last request has an answer that is not 101.
    is_http: bool,
}

impl Between {
    fn known(&self) -> MutexGuard<'_, Known> {
        // Whatever a panic has left here, it is only for show.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a peer has said to the server.
#[derive(Debug, Default)]
pub struct ToServer {
    stream: Stream,
}

impl ToServer {
    /// Takes what has been read apart.
    pub fn take_apart(&mut self, bytes: &[u8], between: &Between) -> Vec<Seen> {
        if self.stream.expected == Expected::Frames {
            // The upgrade may have been ignored, and then there may be another request. What a client sends that believes
            // that it has a WebSocket is none, for a frame does not begin like a method.
            if between.known().is_http {
                self.stream.expected = Expected::Head;
            }
        }
        self.stream.take_apart(bytes, |head| request(head, between))
    }

    /// How many bytes it was in all, and what is left to be seen if nothing more comes.
    pub fn end(&self) -> (u64, Option<Seen>) {
        self.stream.end()
    }
}

/// What the server has said to a peer.
#[derive(Debug, Default)]
pub struct ToClient {
    stream: Stream,
}

impl ToClient {
    /// Takes what has been sent apart.
    pub fn take_apart(&mut self, bytes: &[u8], between: &Between) -> Vec<Seen> {
        self.stream.take_apart(bytes, |head| answer(head, between))
    }

    /// How many bytes it was in all, and what is left to be seen if nothing more comes.
    pub fn end(&self) -> (u64, Option<Seen>) {
        self.stream.end()
    }
}

/// The length of a request's head, and what follows it. What is no HTTP is followed by nothing that could be known.
fn request(bytes: &[u8], between: &Between) -> Option<(usize, Expected)> {
    let Ok(parsed) = Head::parse(bytes) else {
        return Some((bytes.len(), Expected::Unknown));
    };
    let (head, length) = parsed?;
    let mut known = between.known();
    if known.asked.len() == MAX_ASKED {
        return Some((bytes.len(), Expected::Unknown));
    }
    let expected = if head.has_word("upgrade", "websocket") {
        known.is_http = false;
        Expected::Frames
    } else {
        let field = head.values("content-length").next();
        body(field.and_then(crate::base::line::decimal))
    };
    known.asked.push_back(head.method == "HEAD");
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
        _ => {
            let mut known = between.known();
            let is_to_head = known.asked.pop_front() == Some(true);
            // An upgrade is the last request that has been taken for one, so its answer leaves none.
            known.is_http = known.asked.is_empty();
            if is_to_head {
                Expected::Head
            } else {
                body(field("content-length").and_then(crate::base::line::decimal))
            }
        }
    };
    Some((length, expected))
}

fn body(length: Option<u64>) -> Expected {
    match length {
        None | Some(0) => Expected::Head,
        Some(length) => Expected::Body(length),
    }
}
