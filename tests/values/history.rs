//! The history: its numbers, the lines that it keeps, and the lines that are gone.

use blocking_chat::base::frame;
use blocking_chat::server::room::history::History;
use blocking_chat::server::room::history::chunk;
use blocking_chat::server::room::history::chunk::{MAX_LINES, Part};
use blocking_chat::server::room::history::kept::MAX_BYTES;
use blocking_chat::server::room::history::numbered_lines::NumberedLines;

fn filled(max_lines: usize, lines: u64) -> History {
    let mut history = History::new(max_lines);
    for number in 1..=lines {
        let line = history.append(format_args!("anna: {number}"));
        assert_eq!(line, format!("{number} anna: {number}"));
    }
    history
}

/// Returns the lines, each followed by a newline.
fn text(lines: &NumberedLines) -> String {
    lines.parts().iter().map(Part::text).collect()
}

fn numbers_since(history: &History, number: u64) -> Vec<u64> {
    history
        .between(number, u64::MAX)
        .iter()
        .map(|line| blocking_chat::base::line::number(line).unwrap())
        .collect()
}

#[test]
fn numbers_begin_at_one_and_grow_by_one() {
    assert_eq!(History::new(10).newest(), 0);
    assert_eq!(filled(10, 3).newest(), 3);
}

#[test]
fn fetch_returns_the_lines_after_a_number() {
    let history = filled(10, 5);
    assert_eq!(numbers_since(&history, 0), [1, 2, 3, 4, 5]);
    assert_eq!(numbers_since(&history, 3), [4, 5]);
    assert_eq!(numbers_since(&history, 5), []);
    assert_eq!(numbers_since(&history, u64::MAX), []);
    assert_eq!(history.evicted_since(0), 0);
}

#[test]
fn oldest_lines_are_dropped_and_the_rest_keep_their_numbers() {
    let history = filled(4, 10);
    assert_eq!(numbers_since(&history, 0), [7, 8, 9, 10]);
    assert_eq!(numbers_since(&history, 7), [8, 9, 10]);
    for (since, gone) in [(0, 6), (1, 5), (5, 1), (6, 0), (10, 0)] {
        assert_eq!(history.evicted_since(since), gone, "since {since}");
    }
}

#[test]
fn history_that_keeps_no_lines_still_counts_them() {
    let history = filled(0, 3);
    assert_eq!((history.newest(), history.evicted_since(1)), (3, 2));
    assert_eq!(numbers_since(&history, 0), []);
}

#[test]
fn history_keeps_at_most_a_mebibyte() {
    let mut history = History::new(1_000_000);
    let long = "x".repeat(16 * 1024);
    for _ in 0..200 {
        history.append(format_args!("anna: {long}"));
    }
    let kept: usize = history.between(0, u64::MAX).iter().map(str::len).sum();
    assert!(kept <= MAX_BYTES && kept > MAX_BYTES - 17 * 1024, "{kept}");
    let count = history.between(0, u64::MAX).len() as u64;
    assert_eq!(history.evicted_since(0), 200 - count);
    assert_eq!(numbers_since(&history, 0).last(), Some(&200));
}

#[test]
fn fetch_copies_no_line_and_returns_one_part_per_chunk() {
    let history = filled(100_000, 100_000);
    let [one, other] = [0, 0].map(|number| history.between(number, u64::MAX));
    assert_eq!(one.len(), 100_000 - history.evicted_since(0) as usize);
    for (one, other) in one.parts().iter().zip(other.parts()) {
        assert_eq!(one.text().as_ptr(), other.text().as_ptr());
    }
    let most = one.len() / MAX_LINES + MAX_BYTES / chunk::MAX_BYTES + 2;
    assert!(one.parts().len() <= most, "{}", one.parts().len());
    let few = history.between(99_990, 99_995);
    assert_eq!(few.parts().len(), 1);
    assert_eq!(text(&few), history_text(99_991..=99_995));
}

fn history_text(numbers: std::ops::RangeInclusive<u64>) -> String {
    numbers
        .map(|number| format!("{number} anna: {number}\n"))
        .collect()
}

/// Members get the frames, and polls get the text.
#[test]
fn frames_and_text_have_the_same_lines_across_chunks() {
    let history = filled(1000, 1000);
    for (since, until) in [
        (0, 1000),
        (100, 300),
        (127, 128),
        (128, 129),
        (256, 256),
        (5, u64::MAX),
    ] {
        let lines = history.between(since, until);
        let mut frames = Vec::new();
        for number in since + 1..=until.min(1000) {
            frame::append_text(&mut frames, &format!("{number} anna: {number}"));
        }
        let parts: Vec<&[u8]> = lines.parts().iter().map(|part| part.frames()).collect();
        assert_eq!(parts.concat(), frames, "{since} to {until}");
        assert_eq!(text(&lines), history_text(since + 1..=until.min(1000)));
    }
}

#[test]
fn earlier_fetch_does_not_get_later_lines() {
    let mut history = filled(1000, 3);
    let fetched = history.between(0, u64::MAX);
    history.append(format_args!("anna: 4"));
    assert_eq!(text(&fetched), history_text(1..=3));
    assert_eq!(text(&history.between(0, u64::MAX)), history_text(1..=4));
}

#[test]
fn history_keeps_exactly_the_newest_lines() {
    for kept in [0, 1, 127, 128, 129, 300] {
        let mut history = History::new(kept);
        for number in 1..=1000_u64 {
            history.append(format_args!("anna: {number}"));
            if number % 7 == 0 {
                history.release_held();
            }
            let lines = history.between(0, u64::MAX);
            assert_eq!(lines.len(), kept.min(number as usize), "{number} of {kept}");
            let gone = number.saturating_sub(kept as u64);
            assert_eq!(history.evicted_since(0), gone);
            assert_eq!(text(&lines), history_text(gone + 1..=number));
        }
    }
}

#[test]
fn line_of_a_mebibyte_displaces_all_lines_even_itself() {
    let mut history = filled(100_000, 50_000);
    history.append(format_args!("{}", "x".repeat(MAX_BYTES - 100)));
    assert!(numbers_since(&history, 0).len() < 20);
    history.append(format_args!("{}", "x".repeat(MAX_BYTES)));
    assert_eq!(numbers_since(&history, 0), []);
    assert_eq!(history.evicted_since(0), 50_002);
    history.append(format_args!("short"));
    assert_eq!(numbers_since(&history, 0), [50_003]);
}

#[test]
fn evicted_lines_are_held_until_they_are_released() {
    let mut history = filled(2, 300);
    history.release_held();
    assert_eq!(history.held_between(0, u64::MAX).len(), 2);
    for number in 301..=305 {
        history.append(format_args!("anna: {number}"));
    }
    assert_eq!(text(&history.between(0, u64::MAX)), history_text(304..=305));
    assert_eq!(
        text(&history.held_between(0, u64::MAX)),
        history_text(301..=305)
    );
    assert_eq!(
        text(&history.held_between(302, 304)),
        history_text(303..=304)
    );
}
