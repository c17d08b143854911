//! Replaces characters that a line must not contain.

use std::borrow::Cow;

/// Replaces each unsafe character with U+FFFD. An unsafe character could control a reader's terminal, end the line, or
/// reorder the text.
///
/// The unsafe characters are the separators U+2028 and U+2029, the direction controls that have a scope (U+202A to
/// U+202E, U+2066 to U+2069), and the control characters (C0, DEL, C1), except tab.
///
/// Python's `splitlines` and some editors end a line at the separators (UAX #14). The client cleans lines too, because
/// it may be connected to any server.
///
/// Text without unsafe characters is borrowed, not copied.
pub fn clean(text: &str) -> Cow<'_, str> {
    // Most lines are plain ASCII. Checking their bytes is faster than decoding their characters.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(is_unsafe) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace(is_unsafe, "\u{FFFD}"))
    }
}

fn is_unsafe(c: char) -> bool {
    let ends_a_line = matches!(c, '\u{2028}' | '\u{2029}');
    // These are embeddings, overrides and isolates, which reorder the text in their scope. The direction marks (U+200E,
    // U+200F, U+061C) are allowed, because they affect only their neighbors.
    let reorders = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || ends_a_line || reorders
}
