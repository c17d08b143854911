//! How the client finds out which of its lines were said, although the server no longer has all lines of the room.

use std::ops::RangeInclusive;

use blocking_chat::client::resume::after_gap::{self, ReplayItem};

fn texts(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Returns how many lines of `in_flight` may have been said, if a replay has a gap of `gone` lines and then shows
/// `own_lines`.
fn said(in_flight: &[String], own_lines: &[String], gone: u64) -> RangeInclusive<usize> {
    let mut items = vec![ReplayItem::Gap(gone)];
    items.extend(own_lines.iter().cloned().map(ReplayItem::OwnLine));
    after_gap::said(in_flight, &items)
}

#[test]
fn replayed_lines_that_match_once_give_an_exact_count() {
    let in_flight = texts("a b c d e");
    assert_eq!(said(&in_flight, &texts("c d"), 7), 4..=4);
    assert_eq!(said(&in_flight, &texts("a b c d e"), 7), 5..=5);
    assert_eq!(said(&in_flight, &texts("e"), 7), 5..=5);
}

#[test]
fn replayed_lines_that_match_more_than_once_give_a_range() {
    let in_flight = texts("a b a b a b c");
    assert_eq!(said(&in_flight, &texts("a b"), 7), 2..=6);
    assert_eq!(said(&in_flight, &texts("b c"), 7), 7..=7);
}

#[test]
fn gap_of_n_lines_hides_at_most_n_of_our_lines() {
    let in_flight = texts("a a a a");
    assert_eq!(said(&in_flight, &[], 7), 0..=4);
    assert_eq!(said(&in_flight, &[], 1), 0..=1);
    assert_eq!(said(&in_flight, &texts("a"), 2), 1..=3);
}

#[test]
fn lines_that_the_server_changed_are_uncertain() {
    assert_eq!(said(&texts("a b"), &texts("A"), 3), 0..=2);
}

/// If a replay was interrupted, there may be another gap where it resumes.
#[test]
fn second_gap_may_also_hide_our_lines() {
    let in_flight = texts("a b a c");
    let own_line = |text: &str| ReplayItem::OwnLine(text.to_owned());
    let said_with = |last: &[ReplayItem]| {
        let first = [ReplayItem::Gap(4), own_line("a"), own_line("b")];
        after_gap::said(&in_flight, &[&first[..], last].concat())
    };
    assert_eq!(said_with(&[]), 2..=2);
    assert_eq!(said_with(&[ReplayItem::Gap(1)]), 2..=3);
    assert_eq!(said_with(&[ReplayItem::Gap(2), own_line("c")]), 4..=4);
}
