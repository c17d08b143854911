//! The whole program, `chat-compare`, in runs that are as short as possible.

use std::fs;
use std::path::Path;

use crate::support::chat::LIMIT;
use crate::support::process::{Program, TIMEOUT};
use crate::support::wait::assert_once_in_ten;
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

/// Returns the number in a field of a row.
fn field(rows: &[Vec<String>], row: usize, field: usize) -> f64 {
    rows[row][field].parse().unwrap()
}

/// A busy machine delays polls and lines, so it is enough if one of ten runs has the expected values.
#[test]
fn short_run_receives_every_line_by_every_technique() {
    let run = || {
        let rows = rows(&["--duration=2", "--rate=10", "--csv"]);
        assert_eq!(rows.len(), 5);
        let lines = [0, 1, 2, 3, 4].map(|row| field(&rows, row, 4));
        assert!(lines.iter().all(|count| *count == lines[0]), "{rows:?}");
        rows
    };
    within(LIMIT, || {
        assert_once_in_ten(run, |rows| {
            let field = |row, number| field(rows, row, number);
            // Polling every 100 ms, long polling and WebSocket each cost about as many bytes as theory predicts.
            // WebSocket costs fewer bytes per line than long polling, and delivers lines sooner than polling every
            // second.
            [2, 3, 4]
                .iter()
                .all(|&row| (0.5..2.0).contains(&(field(row, 5) / field(row, 10))))
                && field(4, 5) < field(3, 5)
                && field(4, 7) < field(1, 7)
        });
    });
}

#[test]
fn network_delay_costs_a_long_poll_more_than_a_frame() {
    let run = || {
        let rows = rows(&["--duration=4", "--rate=8", "--delay=100ms", "--csv"]);
        assert!(field(&rows, 4, 6) >= 100.0, "{rows:?}");
        rows
    };
    within(LIMIT, || {
        assert_once_in_ten(run, |rows| {
            let (long_polling, websocket) = (field(rows, 3, 6), field(rows, 4, 6));
            // In theory, a line takes on average 1.9 times as long with long polling as with WebSocket. With long
            // polling, it takes at most three trips of 100 ms.
            long_polling > 1.3 * websocket && field(rows, 3, 9) >= 150.0
        });
    });
}

#[test]
fn delay_without_a_unit_is_refused_with_an_example() {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-compare"));
    let mut compare = Program::start(path, &["--delay=50"], &[]).unwrap();
    assert_eq!(compare.wait(TIMEOUT).unwrap().code(), Some(2));
    let errors = compare.rest_of_stderr(TIMEOUT).unwrap().join("\n");
    assert!(errors.contains("such as 50ms"), "{errors}");
}
