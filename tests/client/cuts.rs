//! A connection that is cut anywhere: nothing lost, nothing doubled.

use std::sync::atomic::{AtomicUsize, Ordering};

use blocking_chat::base::line;

use super::support::chat::{Chat, ChatClient, Endpoint};
use super::support::proxy::{Cut, Proxy};
use super::*;

/// Short waits, so that hundreds of cuts do not take long.
fn timeouts() -> Timeouts {
    Timeouts {
        retry_first: Duration::from_millis(1),
        retry_most: Duration::from_millis(4),
        ..Timeouts::default()
    }
}

/// What this name has said, as a member hears it that was there all the time.
fn said(witness: &mut ChatClient, name: &str) -> Vec<String> {
    let heard = witness.hear_pong();
    let said = heard.iter().filter_map(|line| {
        let (_, said) = line.split_once(' ')?;
        said.strip_prefix(&format!("{name}: "))
    });
    said.map(str::to_owned).collect()
}

/// Says a few lines through a proxy that cuts the connection; returns whether it did.
fn state(endpoint: &Endpoint, witness: &mut ChatClient, cut: Cut, name: &str) -> bool {
    let proxy = Proxy::start(endpoint.address, cut).unwrap();
    let url: Url = format!("ws://{}/?name={name}", proxy.address)
        .parse()
        .unwrap();
    let client = match connect_to_stay(&url, timeouts()) {
        Ok(client) => client,
        Err(error) => {
            assert!(proxy.has_cut(), "{error}");
            assert!(said(witness, name).is_empty());
            return true;
        }
    };
    let input = io::Cursor::new("one\ntwo\ntwo\n//three\n");
    let mut output = Vec::new();
    run(client, input, &mut output).unwrap_or_else(|lost| panic!("{cut:?}: {lost}"));
    let expected = ["one", "two", "two", "//three"];
    assert_eq!(said(witness, name), expected, "{cut:?}");
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
    proxy.has_cut()
}

/// Cuts after each byte of the conversation, on two threads, and returns how many bytes it has.
///
/// Each conversation leaves a few ports in TIME_WAIT for a minute, and a machine has 28,000: enough for some ten runs a
/// minute of this file.
fn cut_everywhere(from_server: bool, server_knows: bool, first: usize) -> usize {
    let chat = Chat::start();
    let endpoint = chat.endpoint;
    let (after, most) = (AtomicUsize::new(first), AtomicUsize::new(0));
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
                    if !state(&endpoint, &mut witness, cut, &format!("a{after}")) {
                        break;
                    }
                    most.fetch_max(after, Ordering::Relaxed);
                }
            });
        }
    });
    most.into_inner()
}

#[test]
fn a_cut_on_the_way_out_loses_and_doubles_nothing() {
    within(LIMIT, || {
        let bytes = cut_everywhere(false, true, 1);
        assert!(bytes > 200, "{bytes}");
    });
}

#[test]
fn a_cut_on_the_way_in_loses_and_doubles_nothing() {
    within(LIMIT, || {
        let bytes = cut_everywhere(true, true, 1);
        assert!(bytes > 200, "{bytes}");
    });
}

#[test]
fn a_cut_that_the_server_does_not_notice_loses_nothing() {
    within(LIMIT, || {
        // From the handshake's last bytes on: before, nothing could have been said.
        cut_everywhere(true, false, 125);
        cut_everywhere(false, false, 185);
    });
}
