//! Parses the numbers in front of lines.

/// Returns the number at the beginning of a line from the server. Returns `None` for a line without a number: the
/// server sends such a line to only one client.
///
/// `42 anna: hello` and `43 * ben joined` have a number. `* you are anna in room 5f3a09c1` has none.
pub fn number(line: &str) -> Option<u64> {
    let (digits, _) = line.split_once(' ')?;
    decimal(digits)
}

/// Parses a number that consists only of ASCII digits. Returns `None` for any other text, and for a number above
/// `u64::MAX`. `u64::from_str` would also accept a plus sign.
pub fn decimal(digits: &str) -> Option<u64> {
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_decimal {
        digits.parse().ok()
    } else {
        None
    }
}
