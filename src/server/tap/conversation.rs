//! Both directions of one connection, taken apart. No socket, no thread.
//!
//! The two have to know of each other: an answer to HEAD has no body, whatever its head says, and frames follow a request
//! only if the answer is 101.

use std::collections::VecDeque;

use super::stream::{Expected, Seen, Stream};
use crate::server::http::{Head, MAX_FIELDS, MAX_HEAD};

/// How many requests may wait for their answers: 256. A server that reads one after the other has never read so many ahead,
/// but after it has refused one, it only discards what still comes.
const MAX_ASKED: usize = 256;

/// What one peer and the server have said to each other.
#[derive(Debug, Default)]
pub struct Conversation {
    to_server: Stream,
    to_client: Stream,
    /// Whether they are HEAD, of the requests that are not answered yet.
    asked: VecDeque<bool>,
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
        self.to_server.tidy();
        seen
    }

    /// Takes what has been sent apart.
    pub fn sent(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.sent += bytes.len() as u64;
        self.to_client.add(bytes);
        let mut seen = Vec::new();
        let mut is_last = false;
        while let Some(next) = self
            .to_client
            .next(|head| answer(head, &mut self.asked, &mut is_last))
        {
            // An upgrade is the last request that has been taken for one, so its answer leaves none.
            let is_to_last = matches!(next, Seen::Head(_)) && self.asked.is_empty();
            if is_to_last && self.to_client.expected != Expected::Frames {
                self.expect_no_frames(is_last);
            }
            seen.push(next);
        }
        self.to_client.tidy();
        seen
    }

    /// What is left to be seen once nothing more can come: from the client, and from the server.
    pub fn end(&self) -> [Option<Seen>; 2] {
        [self.to_server.end(), self.to_client.end()]
    }

    /// How many bytes have been read and sent in all.
    pub fn bytes(&self) -> (u64, u64) {
        (self.received, self.sent)
    }

    /// After an answer that is not 101, what a client sends in the belief that it has a WebSocket is discarded, unless the
    /// upgrade was only ignored and the server waits for another request.
    fn expect_no_frames(&mut self, is_last: bool) {
        if self.to_server.expected == Expected::Frames {
            self.to_server = Stream::default();
            if is_last {
                self.to_server.expected = Expected::Unknown;
            }
        }
    }
}

/// The length of a request's head, and what follows it. What is no HTTP is followed by nothing that could be known.
fn request(bytes: &[u8], asked: &mut VecDeque<bool>) -> Option<(usize, Expected)> {
    let (head, length) = match Head::parse(bytes) {
        Ok(parsed) if asked.len() < MAX_ASKED => parsed?,
        _ => return Some((bytes.len(), Expected::Unknown)),
    };
    let expected = if head.has_word("upgrade", "websocket") {
        Expected::Frames
    } else {
        let field = head.values("content-length").next();
        body(field.and_then(|length| crate::line::decimal(length.trim())))
    };
    asked.push_back(head.method == "HEAD");
    Some((length, expected))
}

/// The length of an answer's head, and what follows it (RFC 9112, section 6.3). `is_last` gets whether it is the last one.
fn answer(
    bytes: &[u8],
    asked: &mut VecDeque<bool>,
    is_last: &mut bool,
) -> Option<(usize, Expected)> {
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
    *is_last = field("connection").is_some_and(|value| value.contains("close"));
    let expected = match answer.code {
        Some(101) => Expected::Frames,
        // The answer itself is still to come.
        Some(100..200) => Expected::Head,
        _ if asked.pop_front() == Some(true) => Expected::Head,
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
