//! Which of our lines were said, when the server no longer has all that was said since.

use std::ops::RangeInclusive;

/// What a replay tells of our lines, from its first gap on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Told {
    /// So many lines are gone, and ours may be among them.
    Gone(u64),
    /// A line of ours was said.
    Heard(String),
}

/// How many of the lines in flight were said, at least and at most.
///
/// The server takes lines in their order. So a line of ours that is heard is the next one of those `in_flight`, and in
/// a gap are as many of the next ones as it has lines, or fewer. If only one count fits all that was told, everything is
/// known. Otherwise the lines between the lowest and the highest such count may have been said or not.
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

/// The counts behind a gap of so many lines: each one before it, and up to so many more.
fn behind_gap(counts: &[usize], lines: u64, most: usize) -> Vec<usize> {
    let lines = usize::try_from(lines).unwrap_or(usize::MAX);
    let mut behind: Vec<usize> = Vec::new();
    for &count in counts {
        let first = behind.last().map_or(count, |last| count.max(last + 1));
        behind.extend(first..=count.saturating_add(lines).min(most));
    }
    behind
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::Told;

    fn texts(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// With one gap, and these lines behind it.
    fn said(in_flight: &[String], heard: &[String], gone: u64) -> RangeInclusive<usize> {
        let mut told = vec![Told::Gone(gone)];
        told.extend(heard.iter().cloned().map(Told::Heard));
        super::said(in_flight, &told)
    }

    /// A replay that was broken off has another gap where it goes on.
    #[test]
    fn lines_may_be_in_a_second_gap_too() {
        let in_flight = texts("a b a c");
        let told = |last: &[Told]| {
            let first = [
                Told::Gone(4),
                Told::Heard("a".into()),
                Told::Heard("b".into()),
            ];
            super::said(&in_flight, &[&first[..], last].concat())
        };
        assert_eq!(told(&[]), 2..=2);
        assert_eq!(told(&[Told::Gone(1)]), 2..=3);
        assert_eq!(told(&[Told::Gone(2), Told::Heard("c".into())]), 4..=4);
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
