//! Which of our lines were said, if the server no longer has all lines since then.

use std::ops::RangeInclusive;

/// What a replay tells of our lines, from its first gap on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Told {
    /// This many lines are gone, and ours may be among them.
    Gone(u64),
    /// A line of ours was said.
    Heard(String),
}

/// How many of the lines in flight were said, at least and at most.
///
/// The server takes lines in their order. So each line of ours that is heard is the next one of `in_flight`. A gap of N
/// lines holds at most N of the next ones. If only one count fits, nothing is uncertain. Otherwise the lines between
/// the lowest and the highest such count may have been said or not.
pub fn said(in_flight: &[String], told: &[Told]) -> RangeInclusive<usize> {
    // The counts that fit what was told so far, in order.
    let mut counts = vec![0];
    for told in told {
        counts = match told {
            Told::Gone(lines) => behind_gap(&counts, *lines, in_flight.len()),
            Told::Heard(text) => {
                let fits = |&count: &usize| in_flight.get(count) == Some(text);
                let fitting = counts.into_iter().filter(fits);
                fitting.map(|count| count + 1).collect()
            }
        };
    }
    match (counts.first(), counts.last()) {
        (Some(&first), Some(&last)) => first..=last,
        // The server has changed our lines, so nothing is known.
        _ => 0..=in_flight.len(),
    }
}

/// The counts after a gap of `lines` lines: each count before it, and up to `lines` more.
fn behind_gap(counts: &[usize], lines: u64, most: usize) -> Vec<usize> {
    let lines = usize::try_from(lines).unwrap_or(usize::MAX);
    let mut behind: Vec<usize> = Vec::new();
    for &count in counts {
        let first = behind.last().map_or(count, |last| count.max(last + 1));
        behind.extend(first..=count.saturating_add(lines).min(most));
    }
    behind
}
