//! A server under attack, and a quiet server for comparison. On each, two bystanders chat during the attack.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::latency::LatencyProbe;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{CLOSE, TEXT};
use crate::support::resources::{descriptors, peak_resident, resident, threads};
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

/// The time limit of one case. The server's timeouts are at most two seconds, but the machine may be busy.
const CASE_LIMIT: Duration = Duration::from_secs(30);

/// The maximum delay of a bystander's line during an attack, unless twice the longest delay on the quiet server is longer.
/// An idle server delays a line by about a millisecond. A server that waits for a silent peer delays a line by at least one
/// second, the shortest of [`SHORT_TIMEOUTS`].
const MAX_DELAY: Duration = Duration::from_millis(900);

/// How long the bystanders pause between two lines, so that they leave the CPU to the attack.
const PAUSE: Duration = Duration::from_millis(5);

/// The maximum number of bytes by which the server's memory may grow during an attack. A thousand connections use 25
/// MiB. A connection with a backlog uses 1 MiB, and the allocator may keep more.
const MAX_EXTRA_MEMORY: usize = 40 << 20;

/// Options with short timeouts, so that a silent peer does not delay the test.
const SHORT_TIMEOUTS: [&str; 8] = [
    "--handshake-timeout",
    "1",
    "--idle-timeout",
    "2",
    "--write-timeout",
    "1",
    "--close-timeout",
    "1",
];

/// Starts a server and runs `attack` on it. Asserts that the bystanders' lines are not late, and that the server's
/// memory grows by at most [`MAX_EXTRA_MEMORY`]. Also asserts that the server releases all connections, threads and
/// descriptors of the attack, does not panic, and exits with 0.
pub fn assert_withstands(options: &[&str], attack: impl Fn(&Endpoint)) {
    retry_on_delay(|| {
        let delays = delays_during(options, &attack);
        let [attacked, quiet] = delays;
        let in_time = attacked <= MAX_DELAY.max(2 * quiet);
        assert!(
            in_time,
            "the bystanders' lines were late. The longest delays with and without the attack: {delays:?}"
        );
    });
}

/// Runs `attack` and checks that the server releases the resources of the attack. Returns the bystanders' longest
/// delays on the attacked server and on a quiet one.
fn delays_during(options: &[&str], attack: impl Fn(&Endpoint)) -> [Duration; 2] {
    within(LIMIT, || {
        let quiet = Chat::ours(&[]);
        let mut chat = Chat::ours(&[&SHORT_TIMEOUTS, options].concat());
        let pid = chat.program.id();
        let bystanders = Bystanders::start([chat.endpoint, quiet.endpoint]);
        until(|| threads(pid, "conn-"), |&count| count == 2);
        let before = (descriptors(pid), resident(pid));
        attack(&chat.endpoint);
        let delays = bystanders.end();
        until(|| threads(pid, "conn-"), |&count| count == 0);
        until(|| threads(pid, "catch-up-"), |&count| count == 0);
        // The bystanders' two descriptors were counted before the attack, and are closed by now.
        until(|| descriptors(pid), |&count| count == before.0 - 2);
        let memory = peak_resident(pid) - before.1;
        println!("memory: at most {} KiB more than before", memory / 1024);
        assert!(
            memory <= MAX_EXTRA_MEMORY,
            "{memory} bytes more than before"
        );
        chat.program.signal(Signal::TERM).unwrap();
        let status = chat.program.wait(TIMEOUT).unwrap();
        assert!(status.success(), "{status}");
        let log = chat.program.rest_of_stderr(TIMEOUT).unwrap();
        let panics: Vec<_> = log.iter().filter(|line| line.contains("panic")).collect();
        assert!(panics.is_empty(), "{panics:?}");
        delays
    })
}

/// Two pairs of members, each pair on its own server. The pairs chat until [`Bystanders::end`] is called.
struct Bystanders {
    over: Arc<AtomicBool>,
    worst: JoinHandle<[Duration; 2]>,
}

impl Bystanders {
    fn start(servers: [Endpoint; 2]) -> Bystanders {
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let mut pairs = servers.map(|server| LatencyProbe::join(&server));
        let worst = thread::spawn(move || {
            let mut worst = [Duration::ZERO; 2];
            while !is_over.load(Ordering::Relaxed) {
                for (pair, worst) in pairs.iter_mut().zip(&mut worst) {
                    *worst = pair.measure().max(*worst);
                }
                thread::park_timeout(PAUSE);
            }
            worst
        });
        Bystanders { over, worst }
    }

    fn end(self) -> [Duration; 2] {
        self.over.store(true, Ordering::Relaxed);
        self.worst.join().unwrap()
    }
}

/// Runs one case and asserts that it takes no longer than [`CASE_LIMIT`].
#[track_caller]
pub fn within_case_limit<T>(what: &str, case: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = case();
    assert!(
        begun.elapsed() < CASE_LIMIT,
        "{what}: {:?}",
        begun.elapsed()
    );
    result
}

/// Sends bytes on a new connection. Returns everything that arrives up to the end of the stream, as text.
pub fn exchange(endpoint: &Endpoint, bytes: &[u8]) -> String {
    let mut client = RawClient::connect(endpoint.address).unwrap();
    // The send fails if the server has already responded and closed the connection. Even then, the response can be
    // read.
    let _ = client.send_bytes(bytes);
    let answer = client.read_to_end(TIMEOUT).unwrap_or_default();
    String::from_utf8_lossy(&answer).into_owned()
}

/// How a WebSocket ends, as its client sees it.
#[derive(Debug, Eq, PartialEq)]
pub enum StreamEnd {
    /// A Close with this code.
    Close(u16),
    /// A Close without a code.
    BareClose,
    /// No Close: the stream ended, was reset, or was silent for `TIMEOUT`.
    End,
}

/// Reads to the end of a WebSocket. Returns how it ended and the text messages before its end.
pub fn read_to_end(client: &mut RawClient) -> (StreamEnd, Vec<String>) {
    let mut texts = Vec::new();
    loop {
        match client.read_frame(TIMEOUT) {
            Ok(frame) if frame.opcode == TEXT => texts.push(frame.text()),
            Ok(frame) if frame.opcode == CLOSE => {
                let last = frame
                    .close_code()
                    .map_or(StreamEnd::BareClose, StreamEnd::Close);
                let rest = client.read_to_end(TIMEOUT).unwrap_or_default();
                assert!(rest.is_empty(), "{rest:?} after a Close");
                return (last, texts);
            }
            Ok(_) => {}
            Err(_) => return (StreamEnd::End, texts),
        }
    }
}
