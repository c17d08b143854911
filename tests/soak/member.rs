//! A client over WebSocket that does all sorts of things, and knows what it has said.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use crate::books::{Books, count};
use crate::lots::Lots;
use crate::numbers::Numbers;
use crate::support::chat::Endpoint;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{CLOSE, PING, PONG, TEXT, encode};

/// How long it reads before it thinks of something to do.
const THINKS: Duration = Duration::from_millis(700);

/// How a connection has ended, and what becomes of the client.
enum Then {
    /// It comes back.
    Again,
    /// It has its receipts and has left.
    Done,
}

struct Member<'a> {
    endpoint: Endpoint,
    number: u64,
    lots: Lots,
    books: &'a Books,
    name: String,
    /// The name that this connection has got.
    welcomed_as: String,
    numbers: Numbers,
    next: u64,
    /// What it has said and has no receipt for, in order.
    pending: VecDeque<String>,
}

pub fn run(endpoint: Endpoint, number: u64, lots: Lots, books: &Books, end: Instant) {
    let mut member = Member {
        endpoint,
        number,
        lots,
        books,
        name: format!("c{number}"),
        welcomed_as: String::new(),
        numbers: Numbers::default(),
        next: 0,
        pending: VecDeque::new(),
    };
    while let Then::Again = member.connect(end) {
        let pause = member.lots.up_to(Duration::from_millis(300));
        thread::park_timeout(pause);
    }
    count(&books.lines, member.numbers.count);
    count(&books.gaps, member.numbers.gaps);
    assert!(
        member.pending.is_empty(),
        "{} has no receipt for {:?}",
        member.name,
        member.pending
    );
}

impl Member<'_> {
    /// Joins, or comes back to where it was, and stays for a while.
    fn connect(&mut self, end: Instant) -> Then {
        let since = self.numbers.since();
        let since = since
            .map(|since| format!("&since={since}"))
            .unwrap_or_default();
        let target = format!("/?name={}&key=k{}{since}", self.name, self.number);
        // Small, so that one that stalls is behind soon.
        let mut client = RawClient::connect_with_buffer(self.endpoint.address, 8192).unwrap();
        count(&self.books.connections, 1);
        client.upgrade(&target).unwrap();
        self.numbers.resume();
        if since.is_empty() {
            // It has seen no number yet, so nothing tells whether these were said on the connection before.
            self.give_up_pending();
        }
        let then = self.talk(&mut client, end);
        match then {
            // Its end is not waited for, and what is on its way is lost.
            Then::Again if self.lots.one_of(2) => client.reset().unwrap(),
            _ => drop(client),
        }
        then
    }

    fn talk(&mut self, client: &mut RawClient, end: Instant) -> Then {
        // First what may have been said on the connection before: when the Pong has come, that is known.
        if !self.proven(client, b"past") {
            return Then::Again;
        }
        if self.name != self.welcomed_as {
            // The connection before was renamed, and this one has the old name. It comes back under the new one, before it
            // says anything.
            return Then::Again;
        }
        let again: Vec<_> = self.pending.iter().cloned().collect();
        count(&self.books.resent, again.len() as u64);
        for token in again {
            if self.send(client, &token).is_err() {
                return Then::Again;
            }
        }
        loop {
            if Instant::now() >= end {
                return self.leave(client);
            }
            let until = Instant::now() + self.lots.up_to(THINKS);
            if !self.read_until(client, until) {
                return Then::Again;
            }
            match self.lots.below(40) {
                0 => {
                    // In the midst of its talk: what became of that, it finds out when it comes back.
                    for _ in 0..self.lots.below(6) {
                        let _ = self.say(client);
                    }
                    count(&self.books.vanished, 1);
                    return Then::Again;
                }
                1 => {
                    count(&self.books.stalled, 1);
                    thread::park_timeout(self.lots.up_to(Duration::from_secs(6)));
                }
                2 => {
                    let name = format!("c{}-{}", self.number, self.lots.below(1000));
                    let is_sent = client.send_text(&format!("/nick {name}")).is_ok();
                    if !is_sent || !self.proven(client, b"nick") || self.name != name {
                        // Under which name the server knows it is unknown now, so perhaps it does not replace itself
                        // when it comes back: what it has said may still be said by its old self, and is not said again.
                        self.give_up_pending();
                        return Then::Again;
                    }
                }
                // A burst: more than a small socket takes.
                3 => {
                    for _ in 0..20 {
                        if self.say(client).is_err() {
                            return Then::Again;
                        }
                    }
                    if self.lots.one_of(2) {
                        // So its receipts may be among what is dropped.
                        thread::park_timeout(self.lots.up_to(Duration::from_secs(6)));
                    }
                }
                4..=12 if self.say(client).is_err() => return Then::Again,
                _ => {}
            }
        }
    }

    /// What is pending may have been said or not.
    fn give_up_pending(&mut self) {
        let mut uncertain = self.books.uncertain.lock().unwrap();
        uncertain.extend(self.pending.drain(..));
    }

    fn say(&mut self, client: &mut RawClient) -> std::io::Result<()> {
        let token = format!("c{}.{}", self.number, self.next);
        self.next += 1;
        self.pending.push_back(token.clone());
        self.send(client, &token)
    }

    fn send(&mut self, client: &mut RawClient, token: &str) -> std::io::Result<()> {
        client.send_text(&format!(
            "{token} {}",
            "x".repeat(self.lots.below(900) as usize)
        ))
    }

    /// Waits for proof that all has come that was said before; `false` if the connection is over.
    fn proven(&mut self, client: &mut RawClient, payload: &[u8]) -> bool {
        if client.send_ping(payload).is_err() {
            return false;
        }
        let limit = Instant::now() + TIMEOUT;
        loop {
            match client.read_frame(limit.saturating_duration_since(Instant::now())) {
                Ok(frame) if frame.opcode == PONG && frame.payload == payload => return true,
                Ok(frame) => {
                    if !self.take(client, frame.opcode, &frame.payload) {
                        return false;
                    }
                }
                Err(error) => {
                    assert_ne!(error.kind(), ErrorKind::TimedOut, "{}: no Pong", self.name);
                    return false;
                }
            }
        }
    }

    /// Reads what comes until then; `false` if the connection is over.
    fn read_until(&mut self, client: &mut RawClient, until: Instant) -> bool {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            match client.read_frame(left) {
                Ok(frame) => {
                    if !self.take(client, frame.opcode, &frame.payload) {
                        return false;
                    }
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => return true,
                Err(_) => return false,
            }
        }
    }

    /// Takes a frame; `false` if it is the last.
    fn take(&mut self, client: &mut RawClient, opcode: u8, payload: &[u8]) -> bool {
        match opcode {
            TEXT => self.hear(std::str::from_utf8(payload).unwrap()),
            PING => return client.send_bytes(&encode(PONG, payload)).is_ok(),
            CLOSE => {
                let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                let is_expected = matches!(code, Some(1008 | 1013));
                assert!(is_expected, "{}: Close {code:?}", self.name);
                count(&self.books.too_slow, 1);
                return false;
            }
            _ => {}
        }
        true
    }

    fn hear(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("* you are ") {
            // Another connection of ours, which is ending, may still have the name as it was.
            self.name = rest.split(' ').next().unwrap_or_default().to_owned();
            self.welcomed_as.clone_from(&self.name);
            return;
        }
        assert!(!line.starts_with("* this is another room"), "{line}");
        let gaps = self.numbers.gaps;
        let said = self.numbers.take(line);
        if self.numbers.gaps > gaps {
            // The receipts of these may be in the gap. Whether they are said again would be a guess, so they are not.
            self.give_up_pending();
        }
        if let Some((old, new)) = line.split_once(" is now ")
            && old.ends_with(&format!(" * {}", self.name))
        {
            new.clone_into(&mut self.name);
            count(&self.books.renamed, 1);
        }
        let own = said.filter(|(name, _)| *name == self.name);
        let Some(token) = own.and_then(|(_, text)| text.split(' ').next()) else {
            return;
        };
        if let Some(place) = self.pending.iter().position(|pending| pending == token) {
            assert_eq!(
                place, 0,
                "{}: {token} came before {:?}",
                self.name, self.pending
            );
            self.pending.pop_front();
            let is_new = self.books.said.lock().unwrap().insert(token.to_owned());
            assert!(is_new, "two receipts for {token}");
        } else {
            let is_uncertain = self.books.uncertain.lock().unwrap().contains(token);
            assert!(is_uncertain, "{}: a second receipt for {token}", self.name);
        }
    }

    /// Waits for its receipts, then leaves with a Close and hears that it was understood.
    fn leave(&mut self, client: &mut RawClient) -> Then {
        if !self.proven(client, b"bye") {
            return Then::Again;
        }
        assert!(
            self.pending.is_empty(),
            "{}: no receipt for {:?}",
            self.name,
            self.pending
        );
        if client.send_close(1000, "").is_err() {
            return Then::Again;
        }
        loop {
            match client.read_frame(TIMEOUT) {
                Ok(frame) if frame.opcode == CLOSE => return Then::Done,
                Ok(frame) => {
                    self.take(client, frame.opcode, &frame.payload);
                }
                Err(_) => return Then::Again,
            }
        }
    }
}
