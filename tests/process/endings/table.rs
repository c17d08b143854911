//! A table of endings, each tested with a client in every state. The client gets the right last frame, and all its
//! resources are released.

use blocking_chat::base::line;

use LastFrame::{BareClose, Close, Line};

use super::fixture::{Fixture, ReadPace, rest_of_the_lines};
use crate::support::chat::{Endpoint, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, CLOSE, TEXT, encode};
use crate::support::wait::retry_on_delay;
use crate::support::watchdog::within;

/// Options with which a slow client stays connected: a large backlog and long timeouts.
const LONG_TIMEOUTS: [&str; 6] = [
    "--backlog",
    "100000000",
    "--write-timeout",
    "1000",
    "--close-timeout",
    "1000",
];

/// One way in which a connection ends.
struct Ending {
    /// Makes the client's connection end. Returns the client that has replaced this one and stays connected, or `None`.
    cause: fn(&mut RawClient, Endpoint) -> Option<RawClient>,
    /// The last frame before the end of the stream.
    last: LastFrame,
    /// The words that the log line about the client must contain.
    words: &'static str,
    /// Whether the other members are notified that the client left.
    is_leave: bool,
}

/// The last frame before the end of the stream: a line, a Close with this code, or a Close without a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LastFrame {
    Line,
    Close(u16),
    BareClose,
}

/// The endings that a client itself causes, and its replacement by a new connection.
const ENDINGS: [Ending; 8] = [
    Ending {
        cause: |client, _| {
            // Bytes after a Close have no effect, and do not prevent the client from getting its last frame.
            let after = encode(TEXT, &[b'x'; 1000]).repeat(300);
            let close = encode(CLOSE, &1000_u16.to_be_bytes());
            client.send_bytes(&[close, after].concat()).unwrap();
            None
        },
        last: Close(1000),
        words: "left with Close 1000",
        is_leave: true,
    },
    Ending {
        cause: |client, _| {
            client.send_bytes(&encode(CLOSE, b"")).unwrap();
            client.end_sending().unwrap();
            None
        },
        last: BareClose,
        words: "left with a Close that has no code",
        is_leave: true,
    },
    Ending {
        cause: |client, _| {
            client.end_sending().unwrap();
            None
        },
        last: Line,
        words: "gone: the stream ended without a Close",
        is_leave: true,
    },
    Ending {
        cause: |client, _| {
            client.send_bytes(&half_a_frame()).unwrap();
            client.end_sending().unwrap();
            None
        },
        last: Line,
        words: "gone: the stream ended without a Close",
        is_leave: true,
    },
    Ending {
        cause: |client, _| {
            let no_mask = [0x81, 1, b'x'];
            client.send_bytes(&no_mask.repeat(100_000)).unwrap();
            None
        },
        last: Close(1002),
        words: "ended with Close 1002: ",
        is_leave: true,
    },
    Ending {
        cause: |client, _| {
            client.send_bytes(&encode(BINARY, b"x").repeat(10)).unwrap();
            None
        },
        last: Close(1003),
        words: "ended with Close 1003: ",
        is_leave: true,
    },
    Ending {
        cause: |client, _| {
            client.send_bytes(&encode(TEXT, &[b'x'; 300_000])).unwrap();
            None
        },
        last: Close(1009),
        words: "ended with Close 1009: ",
        is_leave: true,
    },
    Ending {
        cause: |client, endpoint| {
            client.send_bytes(&half_a_frame()).unwrap();
            Some(endpoint.raw_client("/?name=ben&key=k"))
        },
        last: Close(4001),
        words: "replaced by a new connection with its name and key",
        is_leave: false,
    },
];

fn half_a_frame() -> Vec<u8> {
    let mut frame = encode(TEXT, &[b'x'; 10_000]);
    frame.truncate(5000);
    frame
}

/// Ends a connection in each way that the table lists, and one more with a shutdown of the server.
fn play_every_ending(pace: ReadPace) {
    within(LIMIT, || {
        let mut fixture = Fixture::new(&LONG_TIMEOUTS);
        for ending in &ENDINGS {
            let mut client = fixture.listener(pace, "/?name=ben&key=k");
            let newest = fixture.newest();
            fixture.expect_log_line(&client, ending.words);
            let replacement = (ending.cause)(&mut client, fixture.chat.endpoint);
            assert_eq!(
                read_last_frame(&mut client),
                (newest, ending.last),
                "{}",
                ending.words
            );
            drop(client);
            fixture.until_all_released(usize::from(replacement.is_some()));
            assert_eq!(
                fixture.take_leave_notices(),
                usize::from(ending.is_leave),
                "{}",
                ending.words
            );
            if replacement.is_some() {
                drop(replacement);
                fixture.until_all_released(0);
                assert_eq!(fixture.take_leave_notices(), 1);
            }
        }
        let mut client = fixture.listener(pace, "/?name=ben");
        let newest = fixture.newest();
        fixture.expect_log_line(&client, "ended: the server is stopping");
        client.send_bytes(&half_a_frame()).unwrap();
        fixture.stop();
        assert_eq!(read_last_frame(&mut client), (newest, Close(1001)));
        drop(client);
        fixture.end();
    });
}

/// Returns the number of the last line, and the last frame of the stream. This frame may be that line.
fn read_last_frame(client: &mut RawClient) -> (u64, LastFrame) {
    let (lines, frame) = rest_of_the_lines(client);
    let newest = line::number(lines.last().unwrap()).unwrap();
    let Some(frame) = frame else {
        return (newest, Line);
    };
    assert_eq!(frame.opcode, CLOSE);
    assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"", "after the Close");
    let last = frame.close_code().map_or(BareClose, Close);
    (newest, last)
}

#[test]
fn client_that_keeps_up_gets_the_right_ending() {
    play_every_ending(ReadPace::KeepsUp);
}

#[test]
fn client_that_reads_later_gets_the_right_ending() {
    play_every_ending(ReadPace::ReadsLater);
}

#[test]
fn client_that_is_behind_gets_the_right_ending() {
    play_every_ending(ReadPace::IsBehind);
}

#[test]
fn reset_client_keeps_no_resources_in_any_state() {
    within(LIMIT, || {
        let mut fixture = Fixture::new(&LONG_TIMEOUTS);
        for pace in [ReadPace::KeepsUp, ReadPace::ReadsLater, ReadPace::IsBehind] {
            let mut client = fixture.listener(pace, "/?name=ben");
            fixture.expect_log_line(&client, "gone: ");
            client.send_bytes(&half_a_frame()).unwrap();
            client.reset().unwrap();
            fixture.until_all_released(0);
            assert_eq!(fixture.take_leave_notices(), 1, "{pace:?}");
        }
        fixture.stop();
        fixture.end();
    });
}

#[test]
fn unfinished_frame_does_not_delay_the_end_of_a_replaced_client() {
    within(LIMIT, || {
        let options = ["--write-timeout", "1000", "--close-timeout", "0.2"];
        let mut fixture = Fixture::new(&[&["--backlog", "100000000"], &options[..]].concat());
        let mut client = fixture.listener(ReadPace::IsBehind, "/?name=ben&key=k");
        client.send_bytes(&half_a_frame()).unwrap();
        let replacement = fixture.chat.raw_client("/?name=ben&key=k");
        client.send_bytes(b"x").unwrap();
        fixture.until_all_released(1);
        drop((client, replacement));
        fixture.stop();
        fixture.end();
    });
}

/// For each pace in `paces`, makes a client vanish: after half a frame, the client neither reads nor sends. The client
/// closes its socket only after the server has released all resources of the connection. Checks that the log contains
/// `words`, and that the metrics count each ending under `reason`.
fn vanish(options: &[&str], paces: &[ReadPace], words: &'static str, reason: &str) {
    let scenario = || {
        let mut fixture = Fixture::new(&[&["--backlog", "100000000"], options].concat());
        let mut clients = Vec::new();
        for &pace in paces {
            let mut client = fixture.listener_that_vanishes(pace, "/");
            fixture.expect_log_line(&client, words);
            // The send fails if the server has already disconnected the client.
            let _ = client.send_bytes(&half_a_frame());
            clients.push(client);
        }
        fixture.until_all_released_with_pings();
        assert_eq!(fixture.take_leave_notices(), paces.len());
        fixture.until_counted(reason, paces.len());
        drop(clients);
        fixture.stop();
        fixture.end();
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn idle_timeout_disconnects_vanished_clients_in_any_state() {
    let options = ["--idle-timeout", "1", "--close-timeout", "0.2"];
    let paces = [ReadPace::IsBehind, ReadPace::ReadsLater, ReadPace::KeepsUp];
    vanish(
        &options,
        &paces,
        "gone: it was silent for the whole idle timeout",
        "idle_timeout",
    );
}

#[test]
fn write_timeout_disconnects_a_client_that_reads_nothing() {
    let options = ["--write-timeout", "0.3"];
    vanish(
        &options,
        &[ReadPace::IsBehind],
        "gone: it accepted no bytes within the write timeout",
        "write_timeout",
    );
}

#[test]
fn slow_consumer_gets_lines_without_a_gap_and_then_1008() {
    within(LIMIT, || {
        let mut fixture = Fixture::new(&["--backlog", "300000"]);
        let mut client = fixture.listener(ReadPace::IsBehind, "/?name=ben");
        let newest = fixture.newest();
        fixture.expect_log_line(&client, "too slow: its backlog was full");
        client.send_bytes(&half_a_frame()).unwrap();
        let (last, close) = read_last_frame(&mut client);
        assert_eq!(close, Close(1008));
        assert!(last < newest, "{last} of {newest}");
        fixture.until_counted("slow_consumer", 1);
        drop(client);
        fixture.until_all_released(0);
        assert_eq!(fixture.take_leave_notices(), 1);
        fixture.stop();
        fixture.end();
    });
}
