//! The whole program, in runs that are as short as possible.

use std::fs;
use std::path::Path;

use crate::support::process::{Program, TIMEOUT};
use crate::support::watchdog::within;

fn rows(args: &[&str]) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-compare"));
    let mut compare = Program::start(path, args, &[]).unwrap();
    let csv = compare.rest_of_stdout(TIMEOUT).unwrap();
    let errors = compare.rest_of_stderr(TIMEOUT).unwrap();
    assert!(compare.wait(TIMEOUT).unwrap().success(), "{errors:?}");
    let split = |line: &String| line.split(',').map(str::to_owned).collect();
    csv.iter().skip(1).map(split).collect()
}

#[test]
fn failed_run_keeps_an_earlier_picture() {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("earlier.svg");
    fs::write(&picture, "earlier").unwrap();
    let path = Path::new(env!("CARGO_BIN_EXE_chat-compare"));
    let into = format!("--svg={}", picture.display());
    // No program listens on port 1.
    let mut compare = Program::start(path, &["ws://127.0.0.1:1/", &into], &[]).unwrap();
    assert_eq!(compare.wait(TIMEOUT).unwrap().code(), Some(1));
    assert_eq!(fs::read_to_string(&picture).unwrap(), "earlier");
}

#[test]
fn short_run_receives_every_line_by_every_technique() {
    let rows = within(3 * TIMEOUT, || {
        rows(&["--duration=2", "--rate=10", "--csv"])
    });
    assert_eq!(rows.len(), 5);
    let field = |row: usize, field: usize| rows[row][field].parse::<f64>().unwrap();
    for row in 1..5 {
        assert_eq!(
            field(row, 4),
            field(0, 4),
            "all techniques receive equally many lines: {rows:?}"
        );
    }
    for (name, row) in [("polling", 2), ("long polling", 3), ("WebSocket", 4)] {
        let (measured, theory) = (field(row, 5), field(row, 10));
        assert!(
            (0.5..2.0).contains(&(measured / theory)),
            "{name}: {rows:?}"
        );
    }
    assert!(
        field(4, 5) < field(3, 5),
        "a frame is smaller than a request: {rows:?}"
    );
    assert!(
        field(4, 7) < field(1, 7),
        "a frame arrives before the next poll: {rows:?}"
    );
}

#[test]
fn network_delay_costs_a_long_poll_more_than_a_frame() {
    let args = ["--duration=4", "--rate=8", "--delay=100ms", "--csv"];
    let rows = within(3 * TIMEOUT, || rows(&args));
    let mean = |row: usize| rows[row][6].parse::<f64>().unwrap();
    let (long_polling, websocket) = (mean(3), mean(4));
    assert!(websocket >= 100.0, "{rows:?}");
    assert!(long_polling > 1.3 * websocket, "{rows:?}");
    // A line takes at most three one-way trips, and there are so few requests that no line waits for its turn.
    assert!(rows[3][9].parse::<f64>().unwrap() >= 150.0, "{rows:?}");
}

#[test]
fn delay_without_a_unit_is_refused_with_an_example() {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-compare"));
    let mut compare = Program::start(path, &["--delay=50"], &[]).unwrap();
    assert_eq!(compare.wait(TIMEOUT).unwrap().code(), Some(2));
    let errors = compare.rest_of_stderr(TIMEOUT).unwrap().join("\n");
    assert!(errors.contains("such as 50ms"), "{errors}");
}
