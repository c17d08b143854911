//! A room in which somebody talks, and somebody else who hears it in time, later, or much later.

use std::io::ErrorKind;
use std::net::SocketAddr;

use blocking_chat::base::deadline::Deadline;
use blocking_chat::base::line;

use crate::support::chat::Chat;
use crate::support::holdings;
use crate::support::metrics::until_counted;
use crate::support::process::{SOON, Signal};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{Frame, PONG, TEXT, encode};
use crate::support::wait::until;

/// What a client has read of what was said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RateLimiter {
    /// All of it.
    KeepsUp,
    /// Nothing, but its socket has taken it.
    ReadsLater,
    /// Nothing, and the rest waits in the server.
    IsBehind,
}

/// A server, and anna, who talks.
pub struct Stage {
    pub chat: Chat,
    anna: RawClient,
    /// What she has heard and was not asked about yet.
    heard: Vec<String>,
    descriptors: usize,
    /// Who has ended, with words of the line in the log that is expected about him.
    ended: Vec<(SocketAddr, &'static str)>,
}

impl Stage {
    pub fn new(options: &[&str]) -> Stage {
        let chat = Chat::ours(options);
        let anna = chat.raw("/?name=anna");
        let descriptors = holdings::descriptors(chat.program.id());
        Stage {
            chat,
            anna,
            heard: Vec::new(),
            descriptors,
            ended: Vec::new(),
        }
    }

    /// Somebody who has joined, and to whom anna has talked since.
    pub fn listener(&mut self, pace: RateLimiter, target: &str) -> RawClient {
        let client = self.vanishing(pace, target);
        let behind = usize::from(pace == RateLimiter::IsBehind);
        until(|| self.threads("catch-up-"), |&threads| threads >= behind);
        client
    }

    /// The same for a server with a short timeout. It may be over before anna has heard all that she says herself, so whether
    /// the listener is still there is not looked at.
    pub fn vanishing(&mut self, pace: RateLimiter, target: &str) -> RawClient {
        let address = self.chat.address;
        let mut client = match pace {
            RateLimiter::IsBehind => RawClient::connect_with_buffer(address, 4096).unwrap(),
            _ => RawClient::connect(address).unwrap(),
        };
        client.upgrade(target).unwrap();
        let newest = match pace {
            RateLimiter::KeepsUp | RateLimiter::ReadsLater => self.talk(10, 100),
            // So much takes no socket.
            RateLimiter::IsBehind => (0..15).map(|_| self.talk(100, 1000)).last().unwrap(),
        };
        if pace == RateLimiter::KeepsUp {
            while line::number(&client.read_text().unwrap()) != Some(newest) {}
        }
        client
    }

    /// The number of one more line, the newest.
    pub fn newest(&mut self) -> u64 {
        self.talk(1, 10)
    }

    /// Has anna say so many lines of so many bytes and hear all of them. The number of the last.
    fn talk(&mut self, lines: usize, bytes: usize) -> u64 {
        let line = encode(TEXT, &vec![b'x'; bytes]);
        self.anna.send_bytes(&line.repeat(lines)).unwrap();
        (0..lines).for_each(|_| self.hear_until("xx"));
        line::number(self.heard.last().unwrap()).unwrap()
    }

    /// How often anna has heard since she was asked last that somebody has left.
    pub fn leaves(&mut self) -> usize {
        self.anna.send_text("who?").unwrap();
        self.hear_until(" anna: who?");
        let heard = std::mem::take(&mut self.heard);
        let leaves = heard.iter().filter(|line| line.ends_with(" left"));
        leaves.count()
    }

    fn hear_until(&mut self, end: &str) {
        while self.hear().opcode != TEXT || !self.heard.last().unwrap().ends_with(end) {}
    }

    fn hear(&mut self) -> Frame {
        let frame = self.anna.read_frame(SOON).unwrap();
        if frame.opcode == TEXT {
            self.heard.push(frame.text());
        }
        frame
    }

    pub fn threads(&self, name: &str) -> usize {
        holdings::threads(self.chat.program.id(), name)
    }

    /// Takes note that the log shall have one line about this client, with these words.
    pub fn note(&mut self, client: &RawClient, words: &'static str) {
        self.ended
            .push((client.stream().local_addr().unwrap(), words));
    }

    /// Waits until all is given back that the ended have had. So many others are still there.
    pub fn all_comes_back(&self, others: usize) {
        let pid = self.chat.program.id();
        until(
            || holdings::descriptors(pid),
            |&count| count == self.descriptors + others,
        );
        until(|| self.threads("conn-"), |&count| count == 1 + others);
        until(|| self.threads("catch-up-"), |&count| count == 0);
    }

    /// The same while time passes: nothing is said, but anna is still there.
    pub fn stay_until_all_comes_back(&mut self) {
        let pid = self.chat.program.id();
        let deadline = Deadline::after(SOON);
        while holdings::descriptors(pid) != self.descriptors {
            assert!(deadline.remaining().is_some());
            self.anna.send_ping(b"").unwrap();
            while self.hear().opcode != PONG {}
        }
        self.all_comes_back(0);
    }

    /// Waits until the server has counted so many endings for this reason.
    pub fn has_counted(&self, reason: &str, endings: usize) {
        let sample = format!("chat_endings_total{{reason=\"{reason}\"}}");
        until_counted(&self.chat, &[(&sample, endings as u64)]);
    }

    /// Asks the server to stop.
    pub fn stop(&self) {
        self.chat.program.signal(Signal::TERM).unwrap();
    }

    /// Waits until the server has ended, and looks for the lines in its log.
    pub fn end(mut self) {
        drop(self.anna);
        assert!(self.chat.program.wait(SOON).unwrap().success());
        let log = self.chat.program.rest_of_stderr(SOON).unwrap();
        for &(address, words) in &self.ended {
            let peer = format!(" {address} ");
            let lines: Vec<_> = log.iter().filter(|line| line.contains(&peer)).collect();
            // The system may give a port that is free again to another of them.
            let noted = self.ended.iter().filter(|(other, _)| *other == address);
            assert_eq!(lines.len(), noted.count(), "{words}: {lines:?}");
            let has_line = lines.iter().any(|line| line.contains(words));
            assert!(has_line, "{words}: {lines:?}");
        }
    }
}

/// The lines up to the next frame that is none, and that frame; `None` if it is the end of the stream. The numbers have no
/// gap.
pub fn rest_of_the_lines(client: &mut RawClient) -> (Vec<String>, Option<Frame>) {
    let (mut lines, mut last) = (Vec::new(), None);
    loop {
        match client.read_frame(SOON) {
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
