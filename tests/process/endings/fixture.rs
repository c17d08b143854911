//! A room with a talker, and with listeners that keep up, read later, or are behind.

use std::io::ErrorKind;
use std::net::SocketAddr;

use blocking_chat::base::deadline::Deadline;
use blocking_chat::base::line;

use crate::support::chat::Chat;
use crate::support::metrics::until_counted;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{Frame, PONG, TEXT, encode};
use crate::support::resources;
use crate::support::wait::until;

/// How many of the room's lines a client has read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReadPace {
    /// The client has read all lines.
    KeepsUp,
    /// The client has read nothing, but its socket has accepted all lines.
    ReadsLater,
    /// The client has read nothing, and some lines are still queued in the server.
    IsBehind,
}

/// A server, and its member Anna, who talks.
pub struct Fixture {
    pub chat: Chat,
    anna: RawClient,
    /// The lines that Anna has received since the last call of [`Fixture::take_leave_notices`].
    received: Vec<String>,
    descriptors: usize,
    /// For each expected line of the log: the address of the client, and words that the line must contain.
    expected_log: Vec<(SocketAddr, &'static str)>,
}

impl Fixture {
    pub fn new(options: &[&str]) -> Fixture {
        let chat = Chat::ours(options);
        let anna = chat.raw_client("/?name=anna");
        let descriptors = resources::descriptors(chat.program.id());
        Fixture {
            chat,
            anna,
            received: Vec::new(),
            descriptors,
            expected_log: Vec::new(),
        }
    }

    /// Connects a client, joins the room, and then sends lines as Anna. If `pace` is `IsBehind`, waits until the client
    /// is behind.
    pub fn listener(&mut self, pace: ReadPace, target: &str) -> RawClient {
        let client = self.listener_that_vanishes(pace, target);
        let behind = usize::from(pace == ReadPace::IsBehind);
        until(|| self.threads("catch-up-"), |&threads| threads >= behind);
        client
    }

    /// Like [`Fixture::listener`], but for a server with a short timeout. The server may disconnect the client before
    /// Anna has received all her lines, so this function does not wait until the client is behind.
    pub fn listener_that_vanishes(&mut self, pace: ReadPace, target: &str) -> RawClient {
        let address = self.chat.address;
        let mut client = match pace {
            ReadPace::IsBehind => RawClient::connect_with_buffer(address, 4096).unwrap(),
            _ => RawClient::connect(address).unwrap(),
        };
        client.upgrade(target).unwrap();
        let newest = match pace {
            ReadPace::KeepsUp | ReadPace::ReadsLater => self.talk(10, 100),
            // No socket accepts these 1.5 MB.
            ReadPace::IsBehind => (0..15).map(|_| self.talk(100, 1000)).last().unwrap(),
        };
        if pace == ReadPace::KeepsUp {
            while line::number(&client.read_text().unwrap()) != Some(newest) {}
        }
        client
    }

    /// Sends one more line as Anna, waits until she has received it, and returns its number.
    pub fn newest(&mut self) -> u64 {
        self.talk(1, 10)
    }

    /// Sends lines as Anna and waits until she has received them. Returns the number of the last line.
    fn talk(&mut self, lines: usize, bytes: usize) -> u64 {
        let line = encode(TEXT, &vec![b'x'; bytes]);
        self.anna.send_bytes(&line.repeat(lines)).unwrap();
        (0..lines).for_each(|_| self.receive_until("xx"));
        line::number(self.received.last().unwrap()).unwrap()
    }

    /// Returns the number of `left` notices that Anna has received since the last call of this function.
    pub fn take_leave_notices(&mut self) -> usize {
        self.anna.send_text("who?").unwrap();
        self.receive_until(" anna: who?");
        let received = std::mem::take(&mut self.received);
        let leaves = received.iter().filter(|line| line.ends_with(" left"));
        leaves.count()
    }

    fn receive_until(&mut self, end: &str) {
        while self.read_frame().opcode != TEXT || !self.received.last().unwrap().ends_with(end) {}
    }

    fn read_frame(&mut self) -> Frame {
        let frame = self.anna.read_frame(TIMEOUT).unwrap();
        if frame.opcode == TEXT {
            self.received.push(frame.text());
        }
        frame
    }

    pub fn threads(&self, name: &str) -> usize {
        resources::threads(self.chat.program.id(), name)
    }

    /// Records that the log must have one line about this client, with these words. [`Fixture::end`] checks the log.
    pub fn expect_log_line(&mut self, client: &RawClient, words: &'static str) {
        self.expected_log
            .push((client.stream().local_addr().unwrap(), words));
    }

    /// Waits until the resources of the disconnected clients are released. Besides Anna, `others` clients remain
    /// connected.
    pub fn until_all_released(&self, others: usize) {
        let pid = self.chat.program.id();
        until(
            || resources::descriptors(pid),
            |&count| count == self.descriptors + others,
        );
        until(|| self.threads("conn-"), |&count| count == 1 + others);
        until(|| self.threads("catch-up-"), |&count| count == 0);
    }

    /// Does the same as `until_all_released(0)`: waits until Anna's connection is the only one left. Meanwhile, Anna
    /// sends Pings to keep her own connection alive.
    pub fn until_all_released_with_pings(&mut self) {
        let pid = self.chat.program.id();
        let deadline = Deadline::after(TIMEOUT);
        while resources::descriptors(pid) != self.descriptors {
            assert!(deadline.remaining().is_some());
            self.anna.send_ping(b"").unwrap();
            while self.read_frame().opcode != PONG {}
        }
        self.until_all_released(0);
    }

    /// Waits until the server has counted this many endings for this reason.
    pub fn until_counted(&self, reason: &str, endings: usize) {
        let sample = format!("chat_endings_total{{reason=\"{reason}\"}}");
        until_counted(&self.chat, &[(&sample, endings as u64)]);
    }

    /// Asks the server to stop.
    pub fn stop(&self) {
        self.chat.program.signal(Signal::TERM).unwrap();
    }

    /// Disconnects Anna, waits until the server has ended, and checks that its log has the expected lines.
    pub fn end(mut self) {
        drop(self.anna);
        assert!(self.chat.program.wait(TIMEOUT).unwrap().success());
        let log = self.chat.program.rest_of_stderr(TIMEOUT).unwrap();
        for &(address, words) in &self.expected_log {
            let peer = format!(" {address} ");
            let lines: Vec<_> = log.iter().filter(|line| line.contains(&peer)).collect();
            // The system may reuse the port of one client for another, so an address may have several log lines.
            let same_peer = self
                .expected_log
                .iter()
                .filter(|(other, _)| *other == address);
            assert_eq!(lines.len(), same_peer.count(), "{words}: {lines:?}");
            let has_line = lines.iter().any(|line| line.contains(words));
            assert!(has_line, "{words}: {lines:?}");
        }
    }
}

/// Reads all lines and the next frame after them, which is `None` at the end of the stream. Checks that the line
/// numbers have no gap.
pub fn rest_of_the_lines(client: &mut RawClient) -> (Vec<String>, Option<Frame>) {
    let (mut lines, mut last) = (Vec::new(), None);
    loop {
        match client.read_frame(TIMEOUT) {
            Ok(frame) if frame.opcode == TEXT => lines.push(frame.text()),
            Ok(frame) => return (lines, Some(frame)),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
                return (lines, None);
            }
        }
        let number = lines.last().and_then(|line| line::number(line));
        assert!(number.is_none() || last.is_none_or(|last| number == Some(last + 1)));
        last = number.or(last);
    }
}
