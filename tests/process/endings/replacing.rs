//! A client that returns with its name and key replaces its former connection. The other members do not notice.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use blocking_chat::base::line;

use super::fixture::rest_of_the_lines;
use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{TEXT, encode};
use crate::support::resources;
use crate::support::wait::until;
use crate::support::watchdog::within;

const ANNA: &str = "/?name=anna&key=se-cret_7";

/// Reads up to Close 4001, which must be the last frame. Returns the lines before it.
fn read_to_close_4001(client: &mut RawClient) -> Vec<String> {
    let (lines, frame) = rest_of_the_lines(client);
    assert_eq!(frame.unwrap().close_code(), Some(4001));
    assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"");
    lines
}

fn until_one_is_left(chat: &Chat) {
    let pid = chat.program.id();
    until(|| resources::threads(pid, "conn-"), |&count| count == 1);
}

/// The server ignores all lines and commands that still arrive on the replaced connection.
#[test]
fn replaced_connection_has_no_further_effect() {
    within(LIMIT, || {
        // At this rate, the server reads slowly, so most frames are still unread when the new connection replaces the
        // old one.
        let chat = Chat::ours(&["--lines-per-second", "100"]);
        let mut ben = chat.member("ben");
        let mut old = chat.raw_client(ANNA);
        ben.receive_until(" * anna joined");
        let frames = [encode(TEXT, b"old"), encode(TEXT, b"/unknown")].concat();
        old.send_bytes(&frames.repeat(1000)).unwrap();
        ben.receive_until("anna: old");
        // Wait until the first command is answered. Otherwise, the new client could join before the command reaches the
        // hub.
        while !old.read_text().unwrap().starts_with("* /unknown") {}
        let mut new = chat.raw_client(ANNA);
        let lines = read_to_close_4001(&mut old);
        let said = lines.iter().filter(|line| line.ends_with("anna: old"));
        let executed = lines.iter().filter(|line| line.starts_with("* /unknown"));
        assert!(said.count() < 999 && executed.count() < 999);
        // The new connection requests no earlier lines, so it must not receive any.
        assert!(new.read_text().unwrap().starts_with("* you are anna in "));
        old.end_sending().unwrap();
        until(
            || resources::threads(chat.program.id(), "conn-"),
            |&count| count == 2,
        );
        new.send_text("new").unwrap();
        assert!(new.read_text().unwrap().ends_with("anna: new"));
        let received = ben.receive_until("anna: new");
        assert!(
            received
                .iter()
                .all(|line| line.ends_with("anna: old") || line.ends_with("anna: new"))
        );
    });
}

#[test]
fn replacing_client_gets_missed_lines_and_others_see_nothing() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut ben = chat.member("ben");
        let mut old = chat.raw_client(ANNA);
        let welcome = old.read_text().unwrap();
        let room = welcome.rsplit(' ').next().unwrap();
        assert_eq!(old.read_text().unwrap(), "2 * anna joined");
        (3..=20).for_each(|number| ben.say(&number.to_string()));
        ben.receive_until_number(20);
        // The server has sent all lines on the old connection, but the client reads them only up to line 3.
        assert_eq!(old.read_text().unwrap(), "3 ben: 3");
        let mut new = chat.raw_client(&format!("{ANNA}&since=3&room={room}"));
        assert_eq!(new.read_text().unwrap(), welcome);
        let missed = [(); 17].map(|()| line::number(&new.read_text().unwrap()).unwrap());
        assert!(missed.into_iter().eq(4..=20), "{missed:?}");
        let last = read_to_close_4001(&mut old).pop().unwrap();
        assert_eq!(last, "20 ben: 20");
        new.send_text("it is me").unwrap();
        assert_eq!(new.read_text().unwrap(), "21 anna: it is me");
        assert_eq!(ben.receive_until("it is me"), ["21 anna: it is me"]);
        drop((old, new));
        assert_eq!(ben.receive_until("* anna left"), ["22 * anna left"]);
        until_one_is_left(&chat);
    });
}

#[test]
fn only_one_of_many_racing_replacements_stays() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let (endpoint, start) = (chat.endpoint, Barrier::new(20));
        let mut ben = chat.member("ben");
        let mut close_codes = BTreeMap::new();
        let mut annas = thread::scope(|scope| {
            let annas: Vec<_> = (0..20)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        endpoint.raw_client(ANNA)
                    })
                })
                .collect();
            let annas = annas.into_iter().map(|anna| anna.join().unwrap());
            annas.collect::<Vec<_>>()
        });
        ben.say("now");
        assert_eq!(ben.receive_until("now"), ["2 * anna joined", "3 ben: now"]);
        for anna in &mut annas {
            let mut lines = Vec::new();
            let code = loop {
                let frame = anna.read_frame(TIMEOUT).unwrap();
                lines.push(frame.text());
                if frame.opcode != TEXT || frame.text() == "3 ben: now" {
                    break frame.close_code();
                }
            };
            assert!(lines[0].starts_with("* you are anna in room "), "{lines:?}");
            *close_codes.entry(code).or_insert(0) += 1;
        }
        assert_eq!(close_codes, BTreeMap::from([(Some(4001), 19), (None, 1)]));
        drop(annas);
        assert_eq!(ben.receive_until("left"), ["4 * anna left"]);
        until_one_is_left(&chat);
    });
}
