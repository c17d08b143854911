//! More clients behind than may be.

use super::stage::{behind, chat, gaps, get_behind, long_line, read_up_to, stalled};
use crate::support::chat::{Chat, LIMIT};
use crate::support::holdings::threads;
use crate::support::metrics::until_counted;
use crate::support::wait::until;
use crate::support::watchdog::within;
use blocking_chat::base::line;
use blocking_chat::server::lifecycle::capacity::max_behind;

/// How many may be behind where a tenth of all would be less.
const MOST: usize = 64;

/// How many more stop reading.
const MORE: usize = 6;

#[test]
fn a_tenth_of_all_connections_may_be_behind_but_at_least_64() {
    let limits = [(1, 64), (640, 64), (649, 64), (650, 65), (10_000, 1000)];
    for (connections, limit) in limits {
        assert_eq!(max_behind(connections), limit, "of {connections}");
    }
}

/// A server in whose room so many can be behind that none is ended for another reason.
fn room() -> Chat {
    chat(&[
        "--max-connections",
        "100",
        "--backlog",
        "100000000",
        "--write-timeout",
        "50",
    ])
}

#[test]
fn who_falls_behind_while_too_many_are_gets_1013_and_no_thread() {
    within(LIMIT, || {
        let chat = room();
        let mut anna = chat.member("anna");
        let clients: Vec<_> = (0..MOST + MORE)
            .map(|number| stalled(&chat, &format!("m-{number}")))
            .collect();
        get_behind(&chat, &mut anna, MOST);
        // By now no socket has room for so much, and so the others are too many.
        let mut newest = 0;
        for _ in 0..8 {
            newest = line::number(&anna.say_and_hear(&long_line())).unwrap();
            // One thread may end for another to begin: one whose client has had some room after all.
            until(|| behind(&chat), |&count| count == MOST);
        }
        let mut told: u64 = 0;
        let mut kept = Vec::new();
        for mut client in clients {
            let heard = read_up_to(&mut client, newest);
            assert_eq!(gaps(&heard.numbers), []);
            match heard.close {
                None => kept.push(client),
                Some((code, reason)) => {
                    assert_eq!(code, 1013, "{reason}");
                    told += 1;
                }
            }
        }
        println!("{} stayed, {told} were told 1013", kept.len());
        assert_eq!((kept.len(), told), (MOST, MORE as u64));
        let too_many = "chat_endings_total{reason=\"too_many_behind\"}";
        until_counted(&chat, &[(too_many, told)]);
        until(|| behind(&chat), |&count| count == 0);
        until(
            || threads(chat.program.id(), "conn-"),
            |&count| count == MOST + 1,
        );
        // Those who have caught up are members as before.
        for client in &mut kept {
            client.send_text("here I am").unwrap();
            newest = line::number(&anna.hear_until(": here I am").pop().unwrap()).unwrap();
        }
        for client in &mut kept {
            assert_eq!(read_up_to(client, newest).close, None);
        }
    });
}

#[test]
fn a_joiner_with_a_long_past_is_one_too_many_too() {
    within(LIMIT, || {
        let chat = room();
        let mut anna = chat.member("anna");
        let clients: Vec<_> = (0..MOST)
            .map(|number| stalled(&chat, &format!("m-{number}")))
            .collect();
        get_behind(&chat, &mut anna, MOST);
        // Its answer and the Close fit into any socket. Of its past it gets nothing: no thread, no half of a frame.
        let mut late = chat.raw("/?name=late&since=0");
        let heard = read_up_to(&mut late, u64::MAX);
        assert_eq!((heard.numbers, heard.close.unwrap().0), (vec![], 1013));
        drop(late);
        // One without a past needs no thread to begin with, and is welcome.
        chat.raw("/").send_text("hello").unwrap();
        anna.hear_until(": hello");
        drop(clients);
    });
}
