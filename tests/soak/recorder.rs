//! A member that receives every line of the room, from the first to the last.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::numbers::{self, Numbers};
use crate::support::chat::Endpoint;
use crate::support::raw_frame::{PING, PONG, TEXT, encode};
use crate::tally::Recorded;

pub struct Recorder {
    /// The number of the newest line that the recorder has received.
    pub newest: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    thread: JoinHandle<Recorded>,
}

pub fn start(endpoint: Endpoint) -> Recorder {
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    let newest = Arc::new(AtomicU64::new(0));
    let newest_seen = Arc::clone(&newest);
    let mut client = endpoint.raw_client(&target(0));
    let thread = thread::spawn(move || {
        let (mut numbers, mut tokens) = (Numbers::default(), BTreeMap::new());
        let mut reconnects = 0;
        let mut pinged = false;
        loop {
            let must_reconnect = match client.read_frame(Duration::from_millis(200)) {
                // On a busy machine, the recorder may be too slow. Then it reconnects, and gets the missed lines from
                // the history.
                Ok(frame) if frame.opcode == TEXT && numbers::gone(&frame.text()).is_some() => true,
                Ok(frame) if matches!(frame.close_code(), Some(1008 | 1013)) => true,
                Ok(frame) if frame.opcode == TEXT => {
                    let line = frame.text();
                    if let Some((name, text)) = numbers.on_line(&line) {
                        let token = text.split(' ').next().unwrap_or_default();
                        let number = numbers.since().unwrap_or_default();
                        let lines: &mut Vec<String> = tokens.entry(token.to_owned()).or_default();
                        lines.push(format!("{number} {name}"));
                    }
                    newest_seen.store(numbers.since().unwrap_or_default(), Ordering::Relaxed);
                    false
                }
                Ok(frame) if frame.opcode == PING => {
                    client.send_bytes(&encode(PONG, &frame.payload)).unwrap();
                    false
                }
                // This Pong answers the Ping below. All lines that were said before the Ping have arrived.
                Ok(frame) if frame.opcode == PONG => break,
                Ok(frame) => panic!("the recorder got {frame:?}"),
                Err(error) if error.kind() == ErrorKind::TimedOut => false,
                Err(error) => panic!("the recorder: {error}"),
            };
            if must_reconnect {
                reconnects += 1;
                client = endpoint.raw_client(&target(numbers.since().unwrap_or_default()));
                pinged = false;
            }
            if !pinged && is_over.load(Ordering::Acquire) {
                client.send_ping(b"all").unwrap();
                pinged = true;
            }
        }
        client.send_close(1000, "").unwrap();
        assert_eq!(numbers.gaps, 0, "the recorder got a gap notice");
        let newest = numbers.since().unwrap_or_default();
        Recorded {
            tokens,
            newest,
            lines: numbers.count,
            reconnects,
        }
    });
    Recorder {
        newest,
        over,
        thread,
    }
}

/// Returns the target for joining after line `since`. The key makes a new connection replace the old one.
fn target(since: u64) -> String {
    format!("/?name=recorder&key=recorder&since={since}")
}

impl Recorder {
    pub fn stop(self) -> Recorded {
        self.over.store(true, Ordering::Release);
        self.thread.join().unwrap()
    }
}
