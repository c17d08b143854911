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

#[cfg(test)]
mod tests {
    use super::said;

    fn texts(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_that_fits_once_decides_everything() {
        let in_flight = texts("a b c d e");
        assert_eq!(said(&in_flight, &texts("c d"), 7), 4..=4);
        assert_eq!(said(&in_flight, &texts("a b c d e"), 7), 5..=5);
        assert_eq!(said(&in_flight, &texts("e"), 7), 5..=5);
    }

    #[test]
    fn a_row_that_fits_twice_leaves_what_is_between_uncertain() {
        let in_flight = texts("a b a b a b c");
        assert_eq!(said(&in_flight, &texts("a b"), 7), 2..=6);
        assert_eq!(said(&in_flight, &texts("b c"), 7), 7..=7);
    }

    #[test]
    fn no_more_lines_are_in_a_gap_than_it_has() {
        let in_flight = texts("a a a a");
        assert_eq!(said(&in_flight, &[], 7), 0..=4);
        assert_eq!(said(&in_flight, &[], 1), 0..=1);
        assert_eq!(said(&in_flight, &texts("a"), 2), 1..=3);
    }

    #[test]
    fn lines_that_the_server_changed_are_all_uncertain() {
        assert_eq!(said(&texts("a b"), &texts("A"), 3), 0..=2);
    }
}
