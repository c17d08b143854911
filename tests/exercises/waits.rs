//! The exercise on paper: which thread waits for which, in step 3 and in step 5?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::mine;

/// One row of a student's solution: step, thread, call, and the thread that ends the wait. Example: `3 conn-A write
/// client-B`.
type Row = (String, String, String, String);

/// The calls in which threads can wait, for each step. A client's process counts as one thread.
const WAITS: [(&str, &[&str]); 2] = [
    (
        "3",
        &[
            "main accept",
            "conn read",
            "conn lock",
            "conn write",
            "client read",
            "client write",
        ],
    ),
    (
        "5",
        &[
            "main accept",
            "conn read",
            "conn lock",
            "conn send",
            "writer recv",
            "writer write",
            "client read",
            "client write",
        ],
    ),
];

fn read_rows() -> Vec<Row> {
    let path = mine::file("waits.txt");
    let text = fs::read_to_string(path).unwrap_or_else(|_| {
        panic!(
            "There is no solution yet. Write tests/exercises/mine/waits.txt, as exercise 1 describes."
        )
    });
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(
            |line| match line.split_whitespace().collect::<Vec<_>>()[..] {
                [step, thread, call, ended_by] => {
                    (step.into(), thread.into(), call.into(), ended_by.into())
                }
                _ => panic!(
                    "A row must have four words, STEP THREAD CALL ENDED-BY, but this one does not: {line}"
                ),
            },
        )
        .collect()
}

/// Returns the kind of a thread: `conn` for `conn-A`.
fn kind(thread: &str) -> &str {
    thread.split('-').next().unwrap_or(thread)
}

/// Returns the circles of waits in a step, each as the set of its threads.
///
/// Only waits for space or for a lock can form a circle. A thread that waits for input (in accept, read or recv) blocks
/// no other thread.
fn circles(rows: &[Row], step: &str) -> Vec<BTreeSet<String>> {
    let mut arrows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, from, call, to) in rows.iter().filter(|row| row.0 == step) {
        if ["lock", "send", "write"].contains(&&**call) {
            arrows.entry(from).or_default().push(to);
        }
    }
    let mut found = Vec::new();
    for &first in arrows.keys() {
        let mut paths = vec![vec![first]];
        while let Some(path) = paths.pop() {
            for &next in arrows.get(path[path.len() - 1]).into_iter().flatten() {
                if next == first {
                    found.push(path.iter().map(|&thread| thread.to_owned()).collect());
                } else if !path.contains(&next) {
                    paths.push([&path[..], &[next]].concat());
                }
            }
        }
    }
    found
}

/// Returns whether a circle contains a client, a thread of client A, and a thread of client B.
fn spans_two_clients(circle: &BTreeSet<String>) -> bool {
    let has = |part: &str| circle.iter().any(|thread| thread.contains(part));
    has("client-") && has("-A") && has("-B")
}

#[test]
#[ignore = "an exercise: tests/exercises/mine/waits.txt"]
fn solution_names_every_wait_and_the_circle() {
    let rows = read_rows();
    for (step, waits) in WAITS {
        let written = rows.iter().filter(|row| row.0 == step);
        let written: BTreeSet<String> = written
            .map(|(_, thread, call, _)| format!("{} {call}", kind(thread)))
            .collect();
        for wait in waits {
            assert!(
                written.contains(*wait),
                "step {step}: where is the wait `{wait}`?"
            );
        }
        for wait in &written {
            assert!(
                waits.contains(&&**wait),
                "step {step}: there is no wait `{wait}`"
            );
        }
    }
    let of_two = |step| circles(&rows, step).into_iter().find(spans_two_clients);
    assert!(
        of_two("3").is_some(),
        "step 3: which circle contains both clients?"
    );
    let wrong = of_two("5");
    assert!(
        wrong.is_none(),
        "step 5: is there a circle through both clients? {wrong:?}"
    );
    assert!(
        !circles(&rows, "5").is_empty(),
        "step 5: which circle forms when A talks, pings, and never reads?"
    );
}
