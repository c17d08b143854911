//! Checks that each row of the guide's table is tested in this folder, or is listed here as untested.

use super::{blocked, keeper, table};

/// The waits that end too soon for a test to observe them, or that a stop does not end. The guide explains them.
const UNTESTED: [&str; 12] = [
    "main | `recv_timeout`, the end of the other threads, if one did not start",
    "main | writing its first lines to stdout",
    "main | `send_timeout`, sending `End` to a writer, if the hub has panicked",
    "main | reading the history file, and syncing it",
    "hub | `send` to a writer, or to the keeper",
    "keeper | write(2), fdatasync(2) and other calls that wait for the disk",
    "keeper | `send` to a writer",
    "catch-up-N | `receive`",
    "catch-up-N | `send` to its writer",
    "conn-N, writer-K, catch-up-N | the mutex of a [`ConnectionTrace`](crate::server::observe::trace::ConnectionTrace)",
    "any | the mutex of [`SocketRegistry`](crate::server::net::registry::SocketRegistry)",
    "any | writing the message of a panic to stderr",
];

#[test]
fn every_row_of_the_guide_is_tested_or_listed_as_untested() {
    let guide = include_str!("../../src/guide/waits.md");
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| "));
    let mut listed: Vec<String> = rows
        .map(|row| row.split(" | ").take(2).collect::<Vec<_>>().join(" | "))
        .filter(|row| row != "thread | waits in")
        .collect();
    let tested = table::WAITS.iter().map(|wait| wait.row);
    let mut known: Vec<&str> = tested
        .chain(blocked::ROWS)
        .chain(keeper::ROWS)
        .chain(UNTESTED)
        .collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}
