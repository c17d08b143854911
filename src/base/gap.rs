//! The notice that tells a client how many numbered lines it has missed.
//!
//! The server writes this notice and the client parses it, so both use this module. A client that knew only the plural
//! would not recognize `* 1 line is gone`.

use crate::base::line;

/// Returns the notice for a gap of `count` lines: `* 1 line is gone`, `* 12 lines are gone`.
///
/// The notice has no line number, because only one client receives it.
pub fn notice(count: u64) -> String {
    match count {
        1 => "* 1 line is gone".to_owned(),
        _ => format!("* {count} lines are gone"),
    }
}

/// Returns how many lines a gap notice reports, or `None` for any other line.
///
/// Also accepts `* 1 lines are gone`, which older servers send.
pub fn parse(line: &str) -> Option<u64> {
    let (digits, rest) = line.strip_prefix("* ")?.split_once(' ')?;
    match rest {
        "line is gone" | "lines are gone" => line::decimal(digits),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{notice, parse};

    #[test]
    fn written_gap_is_parsed_to_the_same_count() {
        for count in [1, 2, 12, u64::MAX] {
            assert_eq!(parse(&notice(count)), Some(count));
        }
    }

    #[test]
    fn other_lines_are_not_parsed_as_gaps() {
        for line in [
            "7 anna: * 3 lines are gone",
            "* anna lines are gone",
            "* +3 lines are gone",
            "* 3 lines are gone ",
            "* 3 lines",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
