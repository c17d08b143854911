//! Characters that a line must not have.

use std::borrow::Cow;

/// Replaces by U+FFFD what could take over a reader's terminal, end a line for it, or show a line in another order.
///
/// That is every control character (C0, DEL, C1) but tab, the separators U+2028 and U+2029, and the controls of direction
/// that have a scope (U+202A to U+202E, U+2066 to U+2069).
///
/// Python's `splitlines` and editors split as Unicode does (UAX #14). The client cleans too, because it may talk to any
/// server.
///
/// Text without such characters is borrowed, not copied.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_unsafe) {
        Cow::Owned(text.replace(is_unsafe, "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn is_unsafe(c: char) -> bool {
    let ends_a_line = matches!(c, '\u{2028}' | '\u{2029}');
    // Embeddings and overrides, then isolates: they move what stands beside the text. The marks of direction (U+200E,
    // U+200F, U+061C) have an effect where they stand only.
    let reorders = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || ends_a_line || reorders
}
