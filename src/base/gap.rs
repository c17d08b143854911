//! The notice that tells a client how many numbered lines it has missed.
//!
//! The server writes it and the client parses it, so it is defined once, here. A client that knows only the plural
//! would mistake `* 1 line is gone` for a line of chat.

use crate::base::line;

/// Returns the line for a gap of `count` lines: `* 1 line is gone`, `* 12 lines are gone`.
///
/// The line has no number, because only one client receives it.
pub fn sentence(count: u64) -> String {
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
    use super::{parse, sentence};

    #[test]
    fn gap_survives_writing_and_parsing() {
        for count in [1, 2, 12, u64::MAX] {
            assert_eq!(parse(&sentence(count)), Some(count));
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
