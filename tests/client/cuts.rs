//! A connection may be cut at any byte: no line is lost or duplicated.

use std::sync::atomic::{AtomicUsize, Ordering};

use blocking_chat::base::line;

use super::support::chat::{Chat, ChatClient, Endpoint};
use super::support::proxy::{Cut, Proxy};
use super::*;

/// Returns timeouts with short pauses before a reconnect, so that hundreds of cuts do not take long.
fn timeouts() -> Timeouts {
    Timeouts {
        first_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(4),
        ..Timeouts::default()
    }
}

/// Returns what the client with this name has said, as received by a witness that stays in the room.
fn lines_of(witness: &mut ChatClient, name: &str) -> Vec<String> {
    let received = witness.receive_pong();
    let said = received.iter().filter_map(|line| {
        let (_, said) = line.split_once(' ')?;
        said.strip_prefix(&format!("{name}: "))
    });
    said.map(str::to_owned).collect()
}

/// Sends a few lines through a proxy that may cut the connection. Checks that each line is said and shown once, or
/// never said if the client could not connect. Returns whether the proxy has cut the connection.
fn try_cut(endpoint: &Endpoint, witness: &mut ChatClient, cut: Cut, name: &str) -> bool {
    let proxy = Proxy::start(endpoint.address, cut).unwrap();
    let url: Url = format!("ws://{}/?name={name}", proxy.address)
        .parse()
        .unwrap();
    let client = match connect_reconnecting(&url, timeouts()) {
        Ok(client) => client,
        Err(error) => {
            assert!(proxy.was_cut(), "{error}");
            assert!(lines_of(witness, name).is_empty());
            return true;
        }
    };
    let input = io::Cursor::new("one\ntwo\ntwo\n//three\n");
    let mut output = Vec::new();
    run(client, input, &mut output).unwrap_or_else(|lost| panic!("{cut:?}: {lost}"));
    let expected = ["one", "two", "two", "//three"];
    assert_eq!(lines_of(witness, name), expected, "{cut:?}");
    let output = String::from_utf8(output).unwrap();
    let shown = output.lines().filter_map(|line| {
        let (_, said) = line.split_once(' ')?;
        said.strip_prefix(&format!("{name}: "))
    });
    let shown: Vec<&str> = shown.collect();
    assert_eq!(shown, expected, "{cut:?}: {output}");
    let numbers: Vec<u64> = output.lines().filter_map(line::number).collect();
    assert!(
        numbers.is_sorted_by(|a, b| a + 1 == *b),
        "{cut:?}: {output}"
    );
    proxy.was_cut()
}

/// Plays the same conversation many times, on two threads. Each time, the proxy cuts the connection one byte later,
/// beginning at byte `first`. Returns the position of the last cut.
///
/// Each conversation leaves a few ports in TIME_WAIT for a minute. Linux has 28,000 ports for outgoing connections,
/// enough for about ten runs of this file per minute.
fn cut_everywhere(from_server: bool, server_knows: bool, first: usize) -> usize {
    let chat = Chat::start();
    let endpoint = chat.endpoint;
    let (after, last_cut) = (AtomicUsize::new(first), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut witness = endpoint.connect("/");
                loop {
                    let after = after.fetch_add(1, Ordering::Relaxed);
                    let cut = Cut {
                        after,
                        from_server,
                        server_knows,
                    };
                    if !try_cut(&endpoint, &mut witness, cut, &format!("a{after}")) {
                        break;
                    }
                    last_cut.fetch_max(after, Ordering::Relaxed);
                }
            });
        }
    });
    last_cut.into_inner()
}

#[test]
fn cut_while_sending_loses_and_duplicates_nothing() {
    within(LIMIT, || {
        let bytes = cut_everywhere(false, true, 1);
        assert!(bytes > 200, "{bytes}");
    });
}

#[test]
fn cut_while_receiving_loses_and_duplicates_nothing() {
    within(LIMIT, || {
        let bytes = cut_everywhere(true, true, 1);
        assert!(bytes > 200, "{bytes}");
    });
}

#[test]
fn cut_that_the_server_does_not_notice_loses_nothing() {
    within(LIMIT, || {
        // The cuts begin near the end of the handshake. An earlier cut makes the handshake fail, so the client sends no
        // line.
        cut_everywhere(true, false, 125);
        cut_everywhere(false, false, 185);
    });
}
