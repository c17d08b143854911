//! Measures how long a line takes to reach one waiting client: the median, in microseconds.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::crowd::{Crowd, handshake};
use crate::experiment::Server;
use crate::floors;
use crate::samples::Samples;

/// How many lines are measured for one median, with `PAUSE` between them.
const LINES: usize = 400;
const PAUSE: Duration = Duration::from_millis(1);

/// Connects one client and measures the median time, in microseconds, from its write of a line to its read of that
/// line.
pub fn websocket(server: &Server) -> f64 {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, 1);
    crowd.wait_until_idle();
    median(|| {
        let lines = crowd.lines;
        crowd.say(0, "there and back");
        crowd.read_to(lines + 1, Duration::from_secs(60));
    })
}

/// Measures the median time, in microseconds, from the speaker's write until another client has read the response to
/// its long poll.
///
/// The server first wakes the writer, for the speaker's receipt, and then the polling client's thread. The floor does
/// the same, with a listening client in place of the polling one.
pub fn long_poll(server: &Server) -> f64 {
    let is_floor = server.is_floor();
    let server = server.start();
    let mut speaker = Crowd::connect(&server.address, 1);
    speaker.wait_until_idle();
    let (mut other, _) = if is_floor {
        handshake(&server.address, floors::LISTEN)
    } else {
        (TcpStream::connect(&server.address).unwrap(), Vec::new())
    };
    other.set_nodelay(true).unwrap();
    let mut delays = Samples::default();
    for number in (1..).take(LINES) {
        if !is_floor {
            poll(&mut other, &server.address, number);
        }
        thread::sleep(PAUSE);
        let begin = Instant::now();
        speaker.say(0, "there and back");
        if is_floor {
            other.read_exact(&mut [0; floors::LINE.len()]).unwrap();
        } else {
            read_response(&mut other);
        }
        delays.add(begin.elapsed().as_secs_f64() * 1e6);
        speaker.read_to(speaker.lines + 1, Duration::from_secs(60));
    }
    delays.median()
}

/// Sends a long poll for the lines after this number.
fn poll(stream: &mut TcpStream, address: &str, number: u64) {
    let poll = format!("GET /lines?since={number}&wait=30 HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(poll.as_bytes()).unwrap();
}

/// Reads a whole response, which must have a body.
fn read_response(stream: &mut TcpStream) {
    let mut response = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "the server closed the connection");
        response.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&response);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let (_, promised) = head.split_once("content-length: ").unwrap();
        let promised: usize = promised.lines().next().unwrap().parse().unwrap();
        assert!(promised > 0, "the response has no line");
        if body.len() == promised {
            return;
        }
    }
}

fn median(mut once: impl FnMut()) -> f64 {
    let delays = (0..LINES).map(|_| {
        let begin = Instant::now();
        once();
        let delay = begin.elapsed();
        thread::sleep(PAUSE);
        delay.as_secs_f64() * 1e6
    });
    Samples::from_iter(delays).median()
}
