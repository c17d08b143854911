//! The numbers in front of lines.

/// Returns the number that a line from the server begins with, or `None` if it has no number because it is for one
/// client alone.
///
/// `42 anna: hello` and `43 * ben joined` have a number. `* you are anna in room 5f3a09c1` has none.
pub fn number(line: &str) -> Option<u64> {
    let (digits, _) = line.split_once(' ')?;
    decimal(digits)
}

/// Parses a number that has only ASCII digits: `u64::from_str` would accept a plus sign.
pub fn decimal(digits: &str) -> Option<u64> {
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_decimal {
        digits.parse().ok()
    } else {
        None
    }
}
