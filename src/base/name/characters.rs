//! Which characters a name may have, and where marks may occur in it.

use std::iter;

use precis_core::{DerivedPropertyValue, IdentifierClass, StringClass};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// The maximum number of combining marks in a row: 4, counted in the decomposed name (UTS #39, section 5.4). No real
/// word needs more. A taller stack of marks would cover the lines above it.
pub const MAX_MARKS: usize = 4;

/// The characters of names: RFC 8264's IdentifierClass, with two differences.
///
/// - Of the ASCII characters, only letters, digits and `-_.` are allowed.
/// - IANA's registry for RFC 8264 ends with Unicode 6.3. The tables of std and of unicode-normalization add newer
///   letters, digits and marks, such as those of Adlam.
pub(crate) struct Characters;

impl StringClass for Characters {
    fn get_value_from_char(&self, c: char) -> DerivedPropertyValue {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.') {
            return DerivedPropertyValue::SpecClassDis;
        }
        match IdentifierClass::default().get_value_from_char(c) {
            DerivedPropertyValue::Unassigned if is_newer_letter(c) => DerivedPropertyValue::PValid,
            value => value,
        }
    }

    fn get_value_from_codepoint(&self, code: u32) -> DerivedPropertyValue {
        char::from_u32(code).map_or(DerivedPropertyValue::Disallowed, |c| {
            self.get_value_from_char(c)
        })
    }
}

/// Returns whether a character newer than the registry is a visible letter, digit or mark. A compatibility variant of
/// another character does not count. Neither does a non-alphabetic mark of combining class 0, because it may be
/// invisible. Neither do the hieroglyphs U+13441 and U+13442, which are blank.
fn is_newer_letter(c: char) -> bool {
    let is_blank = matches!(c, '\u{13441}' | '\u{13442}');
    let is_itself = iter::once(c).nfkc().eq([c]);
    (c.is_alphanumeric() || canonical_combining_class(c) != 0) && is_itself && !is_blank
}

/// Maps a fullwidth or halfwidth character to its standard form (RFC 8265, section 3.3). East Asian keyboards produce
/// such characters.
pub(crate) fn map_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FFEE}' => iter::once(c).nfkc().next().unwrap_or(c),
        _ => c,
    }
}

/// Returns whether a name's marks are valid. No mark may come first or repeat the character before it, and at most
/// [`MAX_MARKS`] may be in a row. The second of two equal marks would be invisible. Joiners between marks are ignored.
pub(crate) fn has_few_marks(name: &str) -> bool {
    let mut marks = 0;
    let mut before = None;
    for c in name.nfd().filter(|c| !matches!(c, '\u{200C}' | '\u{200D}')) {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        let is_misplaced = marks > 0 && (before.is_none() || before == Some(c));
        if is_misplaced || marks > MAX_MARKS {
            return false;
        }
        before = Some(c);
    }
    true
}
