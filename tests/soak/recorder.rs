//! A member that keeps up from the first line to the last, so it knows all lines of the room.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::books::Recorded;
use crate::numbers::Numbers;
use crate::support::chat::Endpoint;
use crate::support::raw_frame::{PING, PONG, TEXT, encode};

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
    let heard = Arc::clone(&newest);
    let mut client = endpoint.raw("/?name=recorder&since=0");
    let thread = thread::spawn(move || {
        let (mut numbers, mut tokens) = (Numbers::default(), BTreeMap::new());
        let mut asked = false;
        loop {
            match client.read_frame(Duration::from_millis(200)) {
                Ok(frame) if frame.opcode == TEXT => {
                    let line = frame.text();
                    if let Some((name, text)) = numbers.take(&line) {
                        let token = text.split(' ').next().unwrap_or_default();
                        let number = numbers.since().unwrap_or_default();
                        let lines: &mut Vec<String> = tokens.entry(token.to_owned()).or_default();
                        lines.push(format!("{number} {name}"));
                    }
                    heard.store(numbers.since().unwrap_or_default(), Ordering::Relaxed);
                }
                Ok(frame) if frame.opcode == PING => {
                    client.send_bytes(&encode(PONG, &frame.payload)).unwrap()
                }
                // Everything that was said before has arrived.
                Ok(frame) if frame.opcode == PONG => break,
                Ok(frame) => panic!("the recorder got {frame:?}"),
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                Err(error) => panic!("the recorder: {error}"),
            }
            if !asked && is_over.load(Ordering::Acquire) {
                client.send_ping(b"all").unwrap();
                asked = true;
            }
        }
        client.send_close(1000, "").unwrap();
        assert_eq!(numbers.gaps, 0, "the recorder got a gap notice");
        let newest = numbers.since().unwrap_or_default();
        Recorded {
            tokens,
            newest,
            lines: numbers.count,
        }
    });
    Recorder {
        newest,
        over,
        thread,
    }
}

impl Recorder {
    pub fn stop(self) -> Recorded {
        self.over.store(true, Ordering::Release);
        self.thread.join().unwrap()
    }
}
