//! The table: each ending, for a client in each state. What it gets last, and that nothing of it stays behind.

use blocking_chat::base::line;

use Last::{BareClose, Close, Line};

use crate::stage::{RateLimiter, Stage, rest_of_the_lines};
use crate::support::chat::{Door, LIMIT};
use crate::support::process::SOON;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, CLOSE, TEXT, encode};
use crate::support::watchdog::within;

/// A server that runs out of patience with nobody.
const PATIENT: [&str; 6] = [
    "--backlog",
    "100000000",
    "--write-timeout",
    "1000",
    "--close-timeout",
    "1000",
];

/// One ending.
struct DisconnectReason {
    /// What brings it about. Whatever this returns stays connected.
    act: fn(&mut RawClient, Door) -> Option<RawClient>,
    /// What comes after all the lines. The end of the stream always does.
    last: Last,
    /// What the log says.
    words: &'static str,
    /// Whether the others hear that the client has left.
    is_leave: bool,
}

/// What comes before the end of the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Last {
    Line,
    Close(u16),
    BareClose,
}

/// What a client can do, and what can happen to it while it keeps reading.
const ENDINGS: [DisconnectReason; 8] = [
    DisconnectReason {
        act: |client, _| {
            // What comes after a Close counts for nothing, and its being unread costs nobody his last words.
            let after = encode(TEXT, &[b'x'; 1000]).repeat(300);
            let close = encode(CLOSE, &1000_u16.to_be_bytes());
            client.send_bytes(&[close, after].concat()).unwrap();
            None
        },
        last: Close(1000),
        words: "left with Close 1000",
        is_leave: true,
    },
    DisconnectReason {
        act: |client, _| {
            client.send_bytes(&encode(CLOSE, b"")).unwrap();
            client.end_sending().unwrap();
            None
        },
        last: BareClose,
        words: "left with a Close without a code",
        is_leave: true,
    },
    DisconnectReason {
        act: |client, _| {
            client.end_sending().unwrap();
            None
        },
        last: Line,
        words: "gone without a Close",
        is_leave: true,
    },
    DisconnectReason {
        act: |client, _| {
            client.send_bytes(&half_a_frame()).unwrap();
            client.end_sending().unwrap();
            None
        },
        last: Line,
        words: "gone without a Close",
        is_leave: true,
    },
    DisconnectReason {
        act: |client, _| {
            let no_mask = [0x81, 1, b'x'];
            client.send_bytes(&no_mask.repeat(100_000)).unwrap();
            None
        },
        last: Close(1002),
        words: "ended with Close 1002: ",
        is_leave: true,
    },
    DisconnectReason {
        act: |client, _| {
            client.send_bytes(&encode(BINARY, b"x").repeat(10)).unwrap();
            None
        },
        last: Close(1003),
        words: "ended with Close 1003: ",
        is_leave: true,
    },
    DisconnectReason {
        act: |client, _| {
            client.send_bytes(&encode(TEXT, &[b'x'; 300_000])).unwrap();
            None
        },
        last: Close(1009),
        words: "ended with Close 1009: ",
        is_leave: true,
    },
    DisconnectReason {
        act: |client, door| {
            client.send_bytes(&half_a_frame()).unwrap();
            Some(door.raw("/?name=ben&key=k"))
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

/// Has a client end in each of the ways.
fn go_through_the_table(pace: RateLimiter) {
    within(LIMIT, || {
        let mut stage = Stage::new(&PATIENT);
        for ending in &ENDINGS {
            let mut client = stage.listener(pace, "/?name=ben&key=k");
            let newest = stage.newest();
            stage.note(&client, ending.words);
            let heir = (ending.act)(&mut client, stage.chat.door);
            assert_eq!(
                hear_the_last(&mut client),
                (newest, ending.last),
                "{}",
                ending.words
            );
            drop(client);
            stage.all_comes_back(usize::from(heir.is_some()));
            assert_eq!(
                stage.leaves(),
                usize::from(ending.is_leave),
                "{}",
                ending.words
            );
            if heir.is_some() {
                drop(heir);
                stage.all_comes_back(0);
                assert_eq!(stage.leaves(), 1);
            }
        }
        let mut client = stage.listener(pace, "/?name=ben");
        let newest = stage.newest();
        stage.note(&client, "ended because the server stops");
        client.send_bytes(&half_a_frame()).unwrap();
        stage.stop();
        assert_eq!(hear_the_last(&mut client), (newest, Close(1001)));
        drop(client);
        stage.end();
    });
}

/// The number of the last line that the client gets, and what comes between it and the end of the stream.
fn hear_the_last(client: &mut RawClient) -> (u64, Last) {
    let (lines, frame) = rest_of_the_lines(client);
    let newest = line::number(lines.last().unwrap()).unwrap();
    let Some(frame) = frame else {
        return (newest, Line);
    };
    assert_eq!(frame.opcode, CLOSE);
    assert_eq!(client.read_to_end(SOON).unwrap(), b"", "after the Close");
    let last = frame.close_code().map_or(BareClose, Close);
    (newest, last)
}

#[test]
fn one_that_keeps_up() {
    go_through_the_table(RateLimiter::KeepsUp);
}

#[test]
fn one_that_has_not_read_yet_what_its_socket_has_taken() {
    go_through_the_table(RateLimiter::ReadsLater);
}

#[test]
fn one_that_is_behind() {
    go_through_the_table(RateLimiter::IsBehind);
}

#[test]
fn one_that_breaks_off_is_gone_at_once_in_whatever_state() {
    within(LIMIT, || {
        let mut stage = Stage::new(&PATIENT);
        for pace in [
            RateLimiter::KeepsUp,
            RateLimiter::ReadsLater,
            RateLimiter::IsBehind,
        ] {
            let mut client = stage.listener(pace, "/?name=ben");
            stage.note(&client, "gone: ");
            client.send_bytes(&half_a_frame()).unwrap();
            client.reset().unwrap();
            stage.all_comes_back(0);
            assert_eq!(stage.leaves(), 1, "{pace:?}");
        }
        stage.stop();
        stage.end();
    });
}

#[test]
fn one_that_is_ended_cannot_stay_by_never_finishing_a_frame() {
    within(LIMIT, || {
        let options = ["--write-timeout", "1000", "--close-timeout", "0.2"];
        let mut stage = Stage::new(&[&["--backlog", "100000000"], &options[..]].concat());
        let mut client = stage.listener(RateLimiter::IsBehind, "/?name=ben&key=k");
        client.send_bytes(&half_a_frame()).unwrap();
        let heir = stage.chat.raw("/?name=ben&key=k");
        client.send_bytes(b"x").unwrap();
        stage.all_comes_back(1);
        drop((client, heir));
        stage.stop();
        stage.end();
    });
}

/// Has clients vanish, each in its state: they neither read nor say anything any more, and hang up when all has come back.
fn vanish(options: &[&str], paces: &[RateLimiter], words: &'static str, reason: &str) {
    within(LIMIT, || {
        let mut stage = Stage::new(&[&["--backlog", "100000000"], options].concat());
        let mut clients = Vec::new();
        for &pace in paces {
            let mut client = stage.vanishing(pace, "/");
            stage.note(&client, words);
            // It may be gone already, and then this fails.
            let _ = client.send_bytes(&half_a_frame());
            clients.push(client);
        }
        stage.stay_until_all_comes_back();
        assert_eq!(stage.leaves(), paces.len());
        stage.has_counted(reason, paces.len());
        drop(clients);
        stage.stop();
        stage.end();
    });
}

#[test]
fn one_that_vanishes_is_gone_after_the_idle_timeout_in_whatever_state() {
    let options = ["--idle-timeout", "1", "--close-timeout", "0.2"];
    let paces = [
        RateLimiter::IsBehind,
        RateLimiter::ReadsLater,
        RateLimiter::KeepsUp,
    ];
    vanish(
        &options,
        &paces,
        "gone: nothing was heard from it",
        "silent",
    );
}

#[test]
fn one_that_takes_nothing_is_gone_after_the_write_timeout() {
    let options = ["--write-timeout", "0.3"];
    vanish(
        &options,
        &[RateLimiter::IsBehind],
        "gone: it took nothing for the write timeout",
        "stuck",
    );
}

#[test]
fn one_that_is_too_slow_gets_lines_without_a_gap_and_then_1008() {
    within(LIMIT, || {
        let mut stage = Stage::new(&["--backlog", "300000"]);
        let mut client = stage.listener(RateLimiter::IsBehind, "/?name=ben");
        let newest = stage.newest();
        stage.note(&client, "too slow: its backlog was full");
        client.send_bytes(&half_a_frame()).unwrap();
        let (last, close) = hear_the_last(&mut client);
        assert_eq!(close, Close(1008));
        assert!(last < newest, "{last} of {newest}");
        stage.has_counted("too_slow", 1);
        drop(client);
        stage.all_comes_back(0);
        assert_eq!(stage.leaves(), 1);
        stage.stop();
        stage.end();
    });
}
