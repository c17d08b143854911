//! `--when-behind drop`: a client whose backlog is full stays connected. In place of each gap, a notice says how many
//! lines are gone.

use std::time::Duration;

use super::stalled_clients::{FLOOD, behind, chat, long_line, stalled};
use crate::support::chat::{Chat, LIMIT};
use crate::support::metrics::until_counted;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{Frame, PONG, TEXT};
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;
use blocking_chat::base::{gap, line};

fn dropping(options: &[&str]) -> Chat {
    let common = ["--when-behind", "drop", "--write-timeout", "1000"];
    chat(&[&common, options].concat())
}

/// What a client has read. Each line number must arrive once and in order, or a notice in its place must count the line
/// as gone.
#[derive(Default)]
struct Account {
    /// The number of the last line that has arrived or is counted as gone, or `None` before the first line.
    last: Option<u64>,
    lines: u64,
    gone: u64,
    helps: usize,
}

impl Account {
    /// Reads the next frame. Records a text frame and returns `None`, or returns a frame of another type.
    fn next(&mut self, client: &mut RawClient) -> Option<Frame> {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode != TEXT {
            return Some(frame);
        }
        let text = frame.text();
        if let Some(number) = line::number(&text) {
            assert!(
                self.last.is_none_or(|last| number == last + 1),
                "{number} after {:?}",
                self.last
            );
            self.last = Some(number);
            self.lines += 1;
        } else if let Some(gone) = gap::parse(&text) {
            assert_eq!(text, gap::notice(gone));
            self.last = self.last.map(|last| last + gone);
            self.gone += gone;
        } else {
            self.helps += usize::from(text.contains("/nick"));
        }
        None
    }
}

#[test]
fn every_line_arrives_or_is_counted_in_a_gap_notice() {
    within(LIMIT, || {
        let chat = dropping(&["--backlog", "300000"]);
        let mut slow = stalled(&chat, "slow");
        let mut anna = chat.member("anna");
        let mut newest = 0;
        for number in 0..FLOOD as u64 {
            if number % 12 == 0 {
                slow.send_text("/help").unwrap();
                slow.send_ping(&number.to_be_bytes()).unwrap();
            }
            newest = line::number(&anna.say_and_receive(&long_line())).unwrap();
        }
        until(|| behind(&chat), |&count| count == 1);
        let (mut account, mut pongs) = (Account::default(), Vec::new());
        let asked: Vec<u64> = (0..FLOOD as u64).step_by(12).collect();
        // The last replies may arrive after the last line.
        while account.last != Some(newest) || pongs.len() < asked.len() {
            if let Some(frame) = account.next(&mut slow) {
                assert_eq!(frame.opcode, PONG);
                pongs.push(u64::from_be_bytes(frame.payload.try_into().unwrap()));
            }
        }
        println!(
            "{} of {newest} lines, {} reported as gone",
            account.lines, account.gone
        );
        assert!(account.gone > 0);
        assert_eq!(pongs, asked);
        assert_eq!(account.helps, pongs.len());
        // Now the client keeps up again and misses nothing.
        until(|| behind(&chat), |&count| count == 0);
        for _ in 0..10 {
            let said = anna.say_and_receive("hello");
            assert_eq!(slow.read_text().unwrap(), said);
        }
        slow.send_text("here I am").unwrap();
        assert!(slow.read_text().unwrap().ends_with(" slow: here I am"));
    });
}

/// Even if the backlog is too small for a Pong, the server drops lines instead of disconnecting the client.
#[test]
fn pong_and_close_reply_follow_the_reported_gap() {
    within(LIMIT, || {
        for backlog in ["1", "65", "1000"] {
            let chat = dropping(&["--backlog", backlog, "--idle-timeout", "1000"]);
            let mut slow = stalled(&chat, "slow");
            let mut anna = chat.member("anna");
            while behind(&chat) == 0 {
                anna.say_and_receive(&long_line());
            }
            (0..5).for_each(|_| _ = anna.say_and_receive(&long_line()));
            slow.send_text("my own").unwrap();
            anna.receive_until("slow: my own");
            slow.send_ping(b"?").unwrap();
            slow.send_close(1000, "").unwrap();
            let newest = line::number(&anna.receive_until("* slow left").pop().unwrap()).unwrap();
            let mut account = Account::default();
            let pong = loop {
                if let Some(frame) = account.next(&mut slow) {
                    break frame;
                }
            };
            assert_eq!(pong.opcode, PONG);
            // Every line has arrived or is counted as gone, except the last line, `* slow left`: a client does not get
            // its own leave notice.
            assert_eq!(account.last, Some(newest - 1), "backlog {backlog}");
            assert!(account.gone > 0, "backlog {backlog}");
            let close = account.next(&mut slow).unwrap();
            assert_eq!(close.close_code(), Some(1000));
        }
    });
}

#[test]
fn idle_timeout_applies_to_a_client_whose_lines_are_dropped() {
    let scenario = || {
        let chat = dropping(&["--backlog", "1", "--idle-timeout", "1"]);
        let slow = stalled(&chat, "slow");
        let mut anna = chat.member("anna");
        // After half of the idle timeout, a Ping is queued for the client, and more lines follow. At the idle timeout,
        // the server disconnects the client.
        let line = loop {
            anna.say_and_receive(&long_line());
            if let Ok(line) = chat.program.stderr_line(Duration::from_millis(1)) {
                break line;
            }
        };
        let peer = slow.stream().local_addr().unwrap();
        let gone = format!("{peer} gone: it was silent for the whole idle timeout");
        assert!(line.ends_with(&gone), "{line}");
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// Replies are never dropped. So a client that requests more replies than it reads is disconnected even with
/// `--when-behind drop`.
#[test]
fn replies_beyond_the_backlog_disconnect_the_client() {
    within(LIMIT, || {
        let chat = dropping(&["--backlog", "100000", "--lines-per-second", "0"]);
        let mut slow = stalled(&chat, "slow");
        let mut anna = chat.member("anna");
        while behind(&chat) == 0 {
            anna.say_and_receive(&long_line());
        }
        // Each reply is about 130 bytes long. Together, the replies are several times as long as the backlog and the
        // kernel's buffers.
        for _ in 0..1000 {
            slow.send_text(&"/help\n".repeat(50)).unwrap();
        }
        until_counted(
            &chat,
            &[("chat_endings_total{reason=\"slow_consumer\"}", 1)],
        );
        let mut account = Account::default();
        let close = loop {
            if let Some(frame) = account.next(&mut slow) {
                break frame;
            }
        };
        assert_eq!(close.close_code(), Some(1008));
        assert!(account.helps < 8000, "{} replies", account.helps);
    });
}
