//! Which names are valid, and when two names are equal (RFC 8264, 8265 and 8266).

pub mod characters;

use std::fmt;
use std::hash::{Hash, Hasher};

use precis_core::{DerivedPropertyValue, StringClass};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::base::line;
pub use crate::base::name::characters::MAX_MARKS;
use crate::base::name::characters::{Characters, has_few_marks, map_width};

/// The maximum length of a name, in characters: 32.
pub const MAX_CHARS: usize = 32;

/// The maximum number of characters that [`Name::cleaned`] reads: 1,024.
const MAX_CLEANED: usize = 1024;

/// A valid name: 1 to [`MAX_CHARS`] characters in NFC, each a letter, digit or mark of any script, or `-`, `_` or `.`.
///
/// RFC 8264's IdentifierClass defines these characters, with two differences ([`characters`]). No character is
/// invisible, except that a joiner (U+200C, U+200D) is allowed where its script needs it (RFC 5892, appendices A.1 and
/// A.2). A name does not begin with a combining mark. It has no space and no colon, so a program can find its end in
/// `42 anna: hello` without a list of the members.
///
/// Names are compared as in RFC 8266, section 2.4: `Anna` equals `anna`. A name is shown in the case that its client
/// chose. Letters of different scripts may look alike: nothing prevents the confusion of a Russian `а` with a Latin
/// `a`.
///
/// The directionality rule (RFC 8265, section 3.3) is not applied. It would accept `ا٣` but reject `ا٣-2`, the name
/// that the room gives to a second client named `ا٣`. So a client that has received such a name would be unable to
/// reconnect.
#[derive(Clone, Debug)]
pub struct Name {
    shown: String,
    /// The form in which names are compared: in lowercase and NFKC.
    key: String,
}

impl Name {
    /// Normalizes and validates `text`.
    ///
    /// # Errors
    /// [`InvalidName`] if the text is empty or too long, has too many marks in a row, or has a character that is not
    /// allowed at its position.
    pub fn parse(text: &str) -> Result<Name, InvalidName> {
        // Normalization reads the whole text, so first bound the length of the text. NFC composes at most four
        // characters into one.
        let beginning = text.chars().take(4 * MAX_CHARS + 1);
        let shown: String = if text.is_ascii() {
            // ASCII text is already normalized.
            beginning.collect()
        } else {
            beginning.map(map_width).nfc().collect()
        };
        let is_name = (1..=MAX_CHARS).contains(&shown.chars().count())
            && Characters.allows(&shown).is_ok()
            && (shown.is_ascii() || has_few_marks(&shown));
        if is_name {
            Ok(Name::new(shown))
        } else {
            Err(InvalidName)
        }
    }

    fn new(shown: String) -> Name {
        let key = if shown.is_ascii() {
            shown.to_ascii_lowercase()
        } else {
            shown.to_lowercase().nfkc().collect()
        };
        Name { shown, key }
    }

    /// Makes a name from any text by dropping each character that would make the name invalid or too long. Returns
    /// `None` if nothing is left.
    pub fn cleaned(text: &str) -> Option<Name> {
        let mut name: Option<Name> = None;
        for c in text.chars().take(MAX_CLEANED) {
            let shown = name.as_ref().map_or("", Name::as_str);
            name = Name::parse(&format!("{shown}{c}")).ok().or(name);
        }
        name
    }

    /// Makes the name `guest-N` for a client without a name.
    pub(crate) fn guest(number: u64) -> Name {
        Name::new(format!("guest-{number}"))
    }

    /// Returns the name with `-N` appended, for another client that requests the same name. Shortens a name that would
    /// become too long.
    #[must_use]
    pub fn numbered(&self, number: u64) -> Name {
        let suffix = format!("-{number}");
        Name::new(self.shortened(MAX_CHARS.saturating_sub(suffix.len())) + &suffix)
    }

    /// Returns the first `length` characters of the name. A shortened name also loses the characters that are valid
    /// only in certain contexts, such as joiners.
    fn shortened(&self, length: usize) -> String {
        if self.shown.chars().count() <= length {
            return self.shown.clone();
        }
        self.shown
            .chars()
            .take(length)
            .filter(|&c| Characters.get_value_from_char(c) == DerivedPropertyValue::PValid)
            .skip_while(|&c| is_combining_mark(c))
            .nfc()
            .collect()
    }

    /// Splits a name of the form `STEM-N` into STEM and N. Returns STEM in the form in which names are compared.
    /// Returns `None` for any other name.
    pub(crate) fn stem_and_number(&self) -> Option<(&str, u64)> {
        let (stem, digits) = self.key.rsplit_once('-')?;
        let number = line::decimal(digits)?;
        // `anna-07` and `anna-7` are different names, so digits with a leading zero are not a number.
        (digits == "0" || !digits.starts_with('0')).then_some((stem, number))
    }

    /// Returns the name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.shown
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.key == other.key
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// The text is not a valid [`Name`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidName;

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a name has 1 to {MAX_CHARS} letters or digits of any script, dots, dashes and underscores"
        )
    }
}

impl std::error::Error for InvalidName {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
