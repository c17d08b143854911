//! Finds out which of our lines were said, although the server no longer has all lines.

use std::ops::RangeInclusive;

/// One thing that a replay shows about our lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ReplayItem {
    /// This many lines are gone. Some of them may be ours.
    Gap(u64),
    /// This line of ours was said.
    OwnLine(String),
}

/// Returns how many of the lines in flight were said: the lowest and the highest possible count.
///
/// The server handles our lines in order, so the replay shows them in that order. A gap of N lines hides at most N of
/// our lines. If only one count is possible, nothing is uncertain. Otherwise, the lines between the lowest and the highest
/// count may or may not have been said.
pub fn said(in_flight: &[String], items: &[ReplayItem]) -> RangeInclusive<usize> {
    // The counts that are possible so far, in order.
    let mut counts = vec![0];
    for item in items {
        counts = match item {
            ReplayItem::Gap(lines) => counts_after_gap(&counts, *lines, in_flight.len()),
            ReplayItem::OwnLine(text) => {
                let fits = |&count: &usize| in_flight.get(count) == Some(text);
                let fitting = counts.into_iter().filter(fits);
                fitting.map(|count| count + 1).collect()
            }
        };
    }
    match (counts.first(), counts.last()) {
        (Some(&first), Some(&last)) => first..=last,
        // No count fits the replay, because the server changes the text of our lines. Assume any count is possible.
        _ => 0..=in_flight.len(),
    }
}

/// Returns the possible counts of said lines after a gap. Each count grows by 0 to `lines`, but not above `most`.
fn counts_after_gap(counts: &[usize], lines: u64, most: usize) -> Vec<usize> {
    let lines = usize::try_from(lines).unwrap_or(usize::MAX);
    let mut after: Vec<usize> = Vec::new();
    for &count in counts {
        let first = after.last().map_or(count, |last| count.max(last + 1));
        after.extend(first..=count.saturating_add(lines).min(most));
    }
    after
}
