//! Which of our lines were said, when the server no longer has all that was said since.

use std::ops::RangeInclusive;

/// How many of the lines in flight were said, at least and at most.
///
/// The server takes lines in their order. So our lines behind a gap, `heard`, stand in a row among those `in_flight`,
/// and at most `gone` of ours are in the gap before them. If they fit in one place only, everything is known. Otherwise
/// the lines between the first and the last such place may have been said or not.
pub fn said(in_flight: &[String], heard: &[String], gone: u64) -> RangeInclusive<usize> {
    let in_gap = in_flight.len().saturating_sub(heard.len());
    let in_gap = in_gap.min(usize::try_from(gone).unwrap_or(usize::MAX));
    let fits = |&at: &usize| in_flight.get(at..at + heard.len()) == Some(heard);
    let first = (0..=in_gap).find(fits);
    let last = (0..=in_gap).rev().find(fits);
    match (first, last) {
        (Some(first), Some(last)) => first + heard.len()..=last + heard.len(),
        // The server has changed our lines, so nothing is known.
        _ => 0..=in_flight.len(),
    }
}
