//! Keys of names, which no program shows.

/// The characters after which a parameter may begin, or before which it ends. A key has none of them.
///
/// The last two stand for text in quotes: one ends it, and the other one begins an escape.
const ENDS: [char; 5] = ['?', '&', ' ', '"', '\\'];

/// Returns text with `…` for the value of each parameter `key` in it.
///
/// A client that knows the name and the key of a member can take its place. So a key belongs in no trace and no message.
pub fn without_keys(text: &str) -> String {
    let mut shown = String::new();
    for piece in text.split_inclusive(ENDS) {
        let parameter = piece.trim_end_matches(ENDS);
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
