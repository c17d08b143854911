//! Both directions of one connection, taken apart. No socket, no thread.
//!
//! The two have to know of each other: an answer to HEAD has no body, whatever its head says, and frames follow a request
//! only if the answer is 101.

use std::collections::VecDeque;

use super::stream::{Expected, Seen, Stream};
use crate::server::http::{Head, MAX_FIELDS, MAX_HEAD};

/// What one peer and the server have said to each other.
#[derive(Debug, Default)]
pub struct Conversation {
    to_server: Stream,
    to_client: Stream,
    /// The methods of the requests that are not answered yet.
    asked: VecDeque<String>,
    received: u64,
    sent: u64,
}

impl Conversation {
    /// Takes what has been read apart.
    pub fn received(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.received += bytes.len() as u64;
        self.to_server.add(bytes);
        let mut seen = Vec::new();
        while let Some(next) = self.to_server.next(|head| request(head, &mut self.asked)) {
            seen.push(next);
        }
        seen
    }

    /// Takes what has been sent apart.
    pub fn sent(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.sent += bytes.len() as u64;
        self.to_client.add(bytes);
        let mut seen = Vec::new();
        while let Some(next) = self.to_client.next(|head| answer(head, &mut self.asked)) {
            let is_head = matches!(next, Seen::Head(_));
            if is_head && self.to_client.expected != Expected::Frames {
                self.refuse_frames();
            }
            seen.push(next);
        }
        seen
    }

    /// How many bytes have been read and sent in all.
    pub fn bytes(&self) -> (u64, u64) {
        (self.received, self.sent)
    }

    /// After an answer that is not 101, what a client sends in the belief that it has a WebSocket is discarded.
    fn refuse_frames(&mut self) {
        if self.to_server.expected == Expected::Frames {
            self.to_server.expected = Expected::Unknown;
        }
    }
}

/// The length of a request's head, and what follows it. What is no HTTP is followed by nothing that could be known.
fn request(bytes: &[u8], asked: &mut VecDeque<String>) -> Option<(usize, Expected)> {
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
    asked.push_back(head.method);
    Some((length, expected))
}

/// The length of an answer's head, and what follows it (RFC 9112, section 6.3).
fn answer(bytes: &[u8], asked: &mut VecDeque<String>) -> Option<(usize, Expected)> {
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
        _ if asked.pop_front().as_deref() == Some("HEAD") => Expected::Head,
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
