//! The table in the guide is the one that is tested here.

use crate::{held, table};

/// The waits that no test can see a thread sit in, or that a stop does not end. The guide says why.
const UNTESTED: [&str; 9] = [
    "main | `recv_timeout`, the end of the threads, if one did not start",
    "main | writing its first line to stdout",
    "main | `send_timeout`, the end for a writer, if the hub has panicked",
    "hub | `send` to a writer",
    "catch-up-N | `send` to its writer",
    "conn-N, catch-up-N | the mutex of a [`ConnectionTrace`](crate::server::tap::ConnectionTrace)",
    "writer-K | the same mutex",
    "any | the mutex of [`SocketRegistry`](crate::server::stop::sockets::SocketRegistry)",
    "any | writing the message of a panic to stderr",
];

#[test]
fn each_row_of_the_guides_table_is_tested_or_says_why_not() {
    let guide = include_str!("../../src/guide/waits.md");
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| "));
    let mut listed: Vec<String> = rows
        .map(|row| row.split(" | ").take(2).collect::<Vec<_>>().join(" | "))
        .filter(|row| row != "thread | waits in")
        .collect();
    let tested = table::WAITS.iter().map(|wait| wait.row);
    let mut known: Vec<&str> = tested.chain(held::ROWS).chain(UNTESTED).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}
