//! Hides the keys of members in texts that a program shows.

/// The characters that delimit a URL parameter. A key contains none of them.
///
/// The last two characters delimit a URL in quoted text: a quote ends the text, and a backslash begins an escape.
const DELIMITERS: [char; 5] = ['?', '&', ' ', '"', '\\'];

/// Replaces the value of each URL parameter `key` in `text` with `…`.
///
/// A client that knows the name and the key of a member can replace that member. So a key must not appear in a trace or
/// a message.
pub fn without_keys(text: &str) -> String {
    let mut shown = String::new();
    for piece in text.split_inclusive(DELIMITERS) {
        let parameter = piece.trim_end_matches(DELIMITERS);
        let pair = form_urlencoded::parse(parameter.as_bytes()).next();
        if pair.is_some_and(|(name, value)| name == "key" && !value.is_empty()) {
            shown.push_str("key=…");
            shown.push_str(&piece[parameter.len()..]);
        } else {
            shown.push_str(piece);
        }
    }
    shown
}
