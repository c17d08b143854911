//! A WebSocket client that acts at random and keeps track of the lines that it has sent.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use crate::numbers::Numbers;
use crate::support::chat::Endpoint;
use crate::support::process::TIMEOUT;
use crate::support::random::Random;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{CLOSE, PING, PONG, TEXT, encode};
use crate::tally::{Tally, count};

/// The maximum time for which a client reads before it acts.
const MAX_READ_TIME: Duration = Duration::from_millis(700);

/// What a client does after its connection has ended.
enum Next {
    Reconnect,
    /// Nothing: it has all its receipts and has left.
    Done,
}

struct Member<'a> {
    endpoint: Endpoint,
    number: u64,
    random: Random,
    tally: &'a Tally,
    name: String,
    /// The name in the latest welcome. A `/nick` changes only `name`.
    welcomed_as: String,
    numbers: Numbers,
    next_token: u64,
    /// The tokens of sent lines without a receipt, in the order of sending. A token is the unique first word of a line.
    pending: VecDeque<String>,
}

pub fn run(endpoint: Endpoint, number: u64, random: Random, tally: &Tally, end: Instant) {
    let mut member = Member {
        endpoint,
        number,
        random,
        tally,
        name: format!("c{number}"),
        welcomed_as: String::new(),
        numbers: Numbers::default(),
        next_token: 0,
        pending: VecDeque::new(),
    };
    while let Next::Reconnect = member.connect(end) {
        let pause = member.random.up_to(Duration::from_millis(300));
        thread::park_timeout(pause);
    }
    count(&tally.lines, member.numbers.count);
    count(&tally.gaps, member.numbers.gaps);
    assert!(
        member.pending.is_empty(),
        "{} has no receipt for {:?}",
        member.name,
        member.pending
    );
}

impl Member<'_> {
    /// Joins, or resumes after the last received number. Acts at random until `end` and then leaves, unless the
    /// connection ends first.
    fn connect(&mut self, end: Instant) -> Next {
        let since = self.numbers.since();
        let since = since
            .map(|since| format!("&since={since}"))
            .unwrap_or_default();
        let target = format!("/?name={}&key=k{}{since}", self.name, self.number);
        // The receive buffer is small, so a client that stalls is soon behind.
        let mut client = RawClient::connect_with_buffer(self.endpoint.address, 8192).unwrap();
        count(&self.tally.connections, 1);
        client.upgrade(&target).unwrap();
        self.numbers.resume();
        if since.is_empty() {
            // Without `since`, the client gets no replay, so it cannot find out whether its pending lines were said.
            self.give_up_pending();
        }
        let next = self.talk(&mut client, end);
        match next {
            // A reset loses everything in flight.
            Next::Reconnect if self.random.one_of(2) => client.reset().unwrap(),
            _ => drop(client),
        }
        next
    }

    fn talk(&mut self, client: &mut RawClient, end: Instant) -> Next {
        // The Pong proves that the replay is complete. The replay shows which of the pending lines have been said so
        // far.
        if !self.await_pong(client, b"past") {
            return Next::Reconnect;
        }
        if self.name != self.welcomed_as {
            // The client changed its name on the previous connection, but this connection has the old name. The client
            // reconnects under the new name before it says anything.
            return Next::Reconnect;
        }
        let again: Vec<_> = self.pending.iter().cloned().collect();
        count(&self.tally.resent, again.len() as u64);
        for token in again {
            if self.send(client, &token).is_err() {
                return Next::Reconnect;
            }
        }
        loop {
            if Instant::now() >= end {
                return self.leave(client);
            }
            let until = Instant::now() + self.random.up_to(MAX_READ_TIME);
            if !self.read_until(client, until) {
                return Next::Reconnect;
            }
            match self.random.below(40) {
                0 => {
                    // The client sends up to five lines and vanishes. When it returns, it finds out which of these
                    // lines were said.
                    for _ in 0..self.random.below(6) {
                        let _ = self.say(client);
                    }
                    count(&self.tally.vanished, 1);
                    return Next::Reconnect;
                }
                1 => {
                    count(&self.tally.stalled, 1);
                    thread::park_timeout(self.random.up_to(Duration::from_secs(6)));
                }
                2 => {
                    let name = format!("c{}-{}", self.number, self.random.below(1000));
                    let is_sent = client.send_text(&format!("/nick {name}")).is_ok();
                    if !is_sent || !self.await_pong(client, b"nick") || self.name != name {
                        // The client may not know which name it has in the room. So when it returns, it may fail to
                        // replace its old connection. Lines from the old connection may still be said, so the client
                        // does not resend them.
                        self.give_up_pending();
                        return Next::Reconnect;
                    }
                }
                // The client sends a burst of lines, whose receipts may fill its small receive buffer.
                3 => {
                    for _ in 0..20 {
                        if self.say(client).is_err() {
                            return Next::Reconnect;
                        }
                    }
                    if self.random.one_of(2) {
                        // With `--when-behind drop`, the server may drop the receipts while the client stalls.
                        thread::park_timeout(self.random.up_to(Duration::from_secs(6)));
                    }
                }
                4..=12 if self.say(client).is_err() => return Next::Reconnect,
                _ => {}
            }
        }
    }

    /// Moves the pending tokens to the uncertain tokens, so the client does not resend them.
    fn give_up_pending(&mut self) {
        let mut uncertain = self.tally.uncertain.lock().unwrap();
        uncertain.extend(self.pending.drain(..));
    }

    fn say(&mut self, client: &mut RawClient) -> std::io::Result<()> {
        let token = format!("c{}.{}", self.number, self.next_token);
        self.next_token += 1;
        self.pending.push_back(token.clone());
        self.send(client, &token)
    }

    fn send(&mut self, client: &mut RawClient, token: &str) -> std::io::Result<()> {
        client.send_text(&format!("{token} {}", "x".repeat(self.random.below(900))))
    }

    /// Sends a Ping and handles frames up to the Pong, which proves that all earlier lines of this client were said.
    /// Returns `false` if the connection has ended.
    fn await_pong(&mut self, client: &mut RawClient, payload: &[u8]) -> bool {
        if client.send_ping(payload).is_err() {
            return false;
        }
        let limit = Instant::now() + TIMEOUT;
        loop {
            match client.read_frame(limit.saturating_duration_since(Instant::now())) {
                Ok(frame) if frame.opcode == PONG && frame.payload == payload => return true,
                Ok(frame) => {
                    if !self.handle(client, frame.opcode, &frame.payload) {
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

    /// Reads frames until this time. Returns `false` if the connection has ended.
    fn read_until(&mut self, client: &mut RawClient, until: Instant) -> bool {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            match client.read_frame(left) {
                Ok(frame) => {
                    if !self.handle(client, frame.opcode, &frame.payload) {
                        return false;
                    }
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => return true,
                Err(_) => return false,
            }
        }
    }

    /// Handles a frame. Returns `false` if the connection has ended.
    fn handle(&mut self, client: &mut RawClient, opcode: u8, payload: &[u8]) -> bool {
        match opcode {
            TEXT => self.on_line(std::str::from_utf8(payload).unwrap()),
            PING => return client.send_bytes(&encode(PONG, payload)).is_ok(),
            CLOSE => {
                let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                let is_expected = matches!(code, Some(1008 | 1013));
                assert!(is_expected, "{}: Close {code:?}", self.name);
                count(&self.tally.too_slow, 1);
                return false;
            }
            _ => {}
        }
        true
    }

    fn on_line(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("* you are ") {
            // The server chooses another name if the requested one is taken.
            self.name = rest.split(' ').next().unwrap_or_default().to_owned();
            self.welcomed_as.clone_from(&self.name);
            return;
        }
        assert!(!line.starts_with("* this is another room"), "{line}");
        let gaps = self.numbers.gaps;
        let said = self.numbers.on_line(line);
        if self.numbers.gaps > gaps {
            // The gap may hide the receipts of the pending lines, so the client does not resend them.
            self.give_up_pending();
        }
        if let Some((old, new)) = line.split_once(" is now ")
            && old.ends_with(&format!(" * {}", self.name))
        {
            new.clone_into(&mut self.name);
            count(&self.tally.renamed, 1);
        }
        let own = said.filter(|(name, _)| *name == self.name);
        let Some(token) = own.and_then(|(_, text)| text.split(' ').next()) else {
            return;
        };
        if let Some(index) = self.pending.iter().position(|pending| pending == token) {
            assert_eq!(
                index, 0,
                "{}: the receipt of {token} arrived before those of {:?}",
                self.name, self.pending
            );
            self.pending.pop_front();
            let is_new = self.tally.said.lock().unwrap().insert(token.to_owned());
            assert!(is_new, "two receipts for {token}");
        } else {
            let is_uncertain = self.tally.uncertain.lock().unwrap().contains(token);
            assert!(is_uncertain, "{}: a second receipt for {token}", self.name);
        }
    }

    /// Waits for all receipts, sends a Close, and waits for the reply. Returns `Reconnect` if the connection ends
    /// first.
    fn leave(&mut self, client: &mut RawClient) -> Next {
        if !self.await_pong(client, b"bye") {
            return Next::Reconnect;
        }
        assert!(
            self.pending.is_empty(),
            "{}: no receipt for {:?}",
            self.name,
            self.pending
        );
        if client.send_close(1000, "").is_err() {
            return Next::Reconnect;
        }
        loop {
            match client.read_frame(TIMEOUT) {
                Ok(frame) if frame.opcode == CLOSE => return Next::Done,
                Ok(frame) => {
                    self.handle(client, frame.opcode, &frame.payload);
                }
                Err(_) => return Next::Reconnect,
            }
        }
    }
}
