//! The live stream of `make stream`. The tests start viewers with the command in the printed instructions, and check the
//! results that the instructions promise.

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use crate::support::chat::Endpoint;
use crate::support::http_client::HttpClient;
use crate::support::metrics::{Scrape, until_counted};
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::steps::path;
use crate::support::wait::until;
use crate::support::watchdog::within;
use blocking_chat::base::{gap, line};

/// The time limit of a test. It includes the time to build the camera if necessary.
const LIMIT: Duration = Duration::from_secs(600);

/// The length of a frame of the camera in bytes, including its line end. Each frame is a line of the chat.
const FRAME: usize = 15_000;

/// A camera whose high frame rate keeps the tests short. The camera runs until this value is dropped.
struct Stream {
    camera: Program,
    endpoint: Endpoint,
    /// The printed line that contains the command for a second terminal.
    typed: String,
}

impl Stream {
    fn start(when_behind: &str, rate: u32) -> Stream {
        let args = [
            "--listen=127.0.0.1:0",
            &format!("--rate={rate}"),
            when_behind,
        ];
        let camera = Program::start(&path("camera").unwrap(), &args, &[]).unwrap();
        let typed = loop {
            let line = camera.stdout_line(TIMEOUT).unwrap();
            if line.contains("make run-client") {
                break line;
            }
        };
        let address = word(&typed, "URL=ws://").trim_end_matches('/');
        let address = address.parse().unwrap();
        let endpoint = Endpoint { address };
        Stream {
            camera,
            endpoint,
            typed,
        }
    }

    /// Starts a viewer with the URL, name and options from the command in `typed`. Returns the viewer, and the number
    /// of its first frame.
    fn viewer(&self) -> (Program, u64) {
        let url = word(&self.typed, "URL=").to_owned();
        let name = format!("--name={}", word(&self.typed, "NAME="));
        let args = [url, name, word(&self.typed, "ARGS=").to_owned()];
        let client = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let viewer = Program::start(client, &args, &[]).unwrap();
        let frames = std::iter::from_fn(|| viewer.stdout_line(TIMEOUT).ok());
        let first = frames.filter_map(|line| frame(&line)).next().unwrap();
        (viewer, first)
    }

    /// Waits until `more` new lines have been said. Returns the number of the newest line.
    fn until_said(&self, more: u64) -> u64 {
        let mut client = HttpClient::connect(&self.endpoint);
        let mut lines = || Scrape::fetch(&mut client).get("chat_lines_total");
        let enough = lines() + more;
        until(lines, |&lines| lines >= enough)
    }

    /// Stops the camera as Ctrl-C does. Checks that the camera exits without an error and that its server has ended.
    fn end(mut self) {
        self.camera.signal(Signal::INT).unwrap();
        assert!(self.camera.wait(TIMEOUT).unwrap().success());
        // The port is free now, so another program may listen on it for a moment. Therefore the test retries.
        let is_refused = || TcpStream::connect(self.endpoint.address).is_err();
        until(is_refused, |&is_refused| is_refused);
    }
}

impl Drop for Stream {
    /// Stops the camera with SIGTERM even after a failure, so that the camera can stop its server. A killed camera
    /// could not stop it.
    fn drop(&mut self) {
        let _ = self.camera.signal(Signal::TERM);
        let _ = self.camera.wait(TIMEOUT);
    }
}

/// Finds the first word that begins with `start` in a line, and returns the rest of this word.
fn word<'a>(line: &'a str, start: &str) -> &'a str {
    let mut words = line.split_whitespace();
    words.find_map(|word| word.strip_prefix(start)).unwrap()
}

/// Returns the number of a frame, which must be complete, or `None` for other lines.
fn frame(line: &str) -> Option<u64> {
    let (_, picture) = line.split_once(" camera: ")?;
    assert!(picture.starts_with("frame ") && picture.len() == FRAME - 1);
    line::number(line)
}

#[test]
fn stopped_viewer_loses_frames_then_sees_the_live_stream() {
    within(LIMIT, || {
        let stream = Stream::start("drop", 300);
        let (viewer, mut last) = stream.viewer();
        let (mut missing, mut reported, mut more) = (0, 0, 300);
        // The server drops frames only if the backlog of 1 MiB and the socket buffers are full. The kernel chooses the
        // size of these buffers, so the viewer is stopped for longer in each round.
        while missing == 0 {
            viewer.signal(Signal::STOP).unwrap();
            let newest = stream.until_said(more);
            viewer.signal(Signal::CONT).unwrap();
            while last <= newest {
                let line = viewer.stdout_line(TIMEOUT).unwrap();
                if let Some(number) = frame(&line) {
                    missing += number - last - 1;
                    last = number;
                } else if let Some(gone) = gap::parse(&line) {
                    reported += gone;
                }
            }
            more *= 2;
        }
        assert_eq!(reported, missing);
        stream.end();
    });
}

#[test]
fn stopped_viewer_is_disconnected_if_no_line_may_be_lost() {
    within(LIMIT, || {
        // This rate is lower than in the test above, so that the camera can keep up on a busy machine.
        let stream = Stream::start("disconnect", 100);
        let (mut viewer, mut last) = stream.viewer();
        viewer.signal(Signal::STOP).unwrap();
        until_counted(
            &stream.endpoint,
            &[("chat_endings_total{reason=\"slow_consumer\"}", 1)],
        );
        viewer.signal(Signal::CONT).unwrap();
        for line in viewer.rest_of_stdout(TIMEOUT).unwrap() {
            let number = frame(&line).unwrap();
            assert_eq!(number, last + 1);
            last = number;
        }
        let said = viewer.rest_of_stderr(TIMEOUT).unwrap().join("\n");
        assert!(said.contains("1008"), "{said}");
        assert_eq!(viewer.wait(TIMEOUT).unwrap().code(), Some(1));
        stream.end();
    });
}
