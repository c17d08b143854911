//! The history: numbers, what is kept, and what is gone.

use blocking_chat::server::history::{History, MAX_BYTES};

fn filled(max_lines: usize, lines: u64) -> History {
    let mut history = History::new(max_lines);
    for number in 1..=lines {
        let line = history.append(format_args!("anna: {number}"));
        assert_eq!(line, format!("{number} anna: {number}"));
    }
    history
}

fn numbers_since(history: &History, number: u64) -> Vec<u64> {
    history
        .between(number, u64::MAX)
        .iter()
        .map(|line| blocking_chat::line::number(line).unwrap())
        .collect()
}

#[test]
fn numbers_begin_at_one_and_grow_by_one() {
    assert_eq!(History::new(10).newest(), 0);
    assert_eq!(filled(10, 3).newest(), 3);
}

#[test]
fn the_lines_after_a_number_are_those_that_follow_it() {
    let history = filled(10, 5);
    assert_eq!(numbers_since(&history, 0), [1, 2, 3, 4, 5]);
    assert_eq!(numbers_since(&history, 3), [4, 5]);
    assert_eq!(numbers_since(&history, 5), []);
    assert_eq!(numbers_since(&history, u64::MAX), []);
    assert_eq!(history.gone_since(0), 0);
}

#[test]
fn the_oldest_lines_go_and_the_numbers_stay() {
    let history = filled(4, 10);
    assert_eq!(numbers_since(&history, 0), [7, 8, 9, 10]);
    assert_eq!(numbers_since(&history, 7), [8, 9, 10]);
    for (since, gone) in [(0, 6), (1, 5), (5, 1), (6, 0), (10, 0)] {
        assert_eq!(history.gone_since(since), gone, "since {since}");
    }
}

#[test]
fn a_history_of_no_lines_still_counts_them() {
    let history = filled(0, 3);
    assert_eq!((history.newest(), history.gone_since(1)), (3, 2));
    assert_eq!(numbers_since(&history, 0), []);
}

#[test]
fn at_most_a_mebibyte_is_kept() {
    let mut history = History::new(1_000_000);
    let text = "x".repeat(16 * 1024);
    for _ in 0..200 {
        history.append(format_args!("anna: {text}"));
    }
    let kept: usize = history.between(0, u64::MAX).iter().map(str::len).sum();
    assert!(kept <= MAX_BYTES && kept > MAX_BYTES - 17 * 1024, "{kept}");
    let count = history.between(0, u64::MAX).len() as u64;
    assert_eq!(history.gone_since(0), 200 - count);
    assert_eq!(numbers_since(&history, 0).last(), Some(&200));
}
