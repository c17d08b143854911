//! What may be a name, and when two names are the same (RFC 8264, 8265 and 8266).

pub mod characters;

use std::fmt;
use std::hash::{Hash, Hasher};

use precis_core::{DerivedPropertyValue, StringClass};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::base::line;
pub use crate::base::name::characters::MAX_MARKS;
use crate::base::name::characters::{Characters, has_few_marks, to_usual_width};

/// How long a name may be, in characters: 32.
pub const MAX_CHARS: usize = 32;

/// How much of a text is cleaned to a name, in characters: 1,024.
const MAX_CLEANED: usize = 1024;

/// A name that may be shown to everyone: 1 to [`MAX_CHARS`] letters and digits of any script and `-`, `_`, `.`, in NFC.
///
/// RFC 8265's IdentifierClass says which characters these are. Nothing in a name is invisible: a joiner (U+200C, U+200D)
/// stands only where its script needs it (RFC 5892, appendix A.1 and A.2), and a name does not begin with a mark. A name
/// has no space and no colon, so in `42 anna: hello` its end can be found without knowing who is there.
///
/// Two names are equal if RFC 8266 compares them so (section 2.4): `Anna` is `anna`. Each is shown as it was asked for.
/// Letters of different scripts that look alike remain: no rule tells a Russian `а` from one that pretends. The rule of
/// direction (RFC 8265, section 3.3.2) is left out: it takes `٣` and refuses `٣-2`, so the second `٣` could not come back.
#[derive(Clone, Debug)]
pub struct Name {
    shown: String,
    /// What names are compared by.
    key: String,
}

impl Name {
    /// Normalizes `text` and takes it as a name.
    ///
    /// # Errors
    /// [`InvalidName`] if it has no character, too many, or one that is not allowed.
    pub fn parse(text: &str) -> Result<Name, InvalidName> {
        // Normalizing reads the whole text, so its length is bounded first: NFC makes no text shorter than a quarter.
        let shown: String = text
            .chars()
            .take(4 * MAX_CHARS + 1)
            .map(to_usual_width)
            .nfc()
            .collect();
        let is_name = (1..=MAX_CHARS).contains(&shown.chars().count())
            && Characters.allows(&shown).is_ok()
            && has_few_marks(&shown);
        if is_name {
            Ok(Name::new(shown))
        } else {
            Err(InvalidName)
        }
    }

    fn new(shown: String) -> Name {
        let key = shown.to_lowercase().nfkc().collect();
        Name { shown, key }
    }

    /// Makes a name of any text by leaving out what is not allowed, or `None` if nothing is left.
    pub fn cleaned(text: &str) -> Option<Name> {
        let mut name: Option<Name> = None;
        for c in text.chars().take(MAX_CLEANED) {
            let shown = name.as_ref().map_or("", Name::as_str);
            name = Name::parse(&format!("{shown}{c}")).ok().or(name);
        }
        name
    }

    /// The name `guest-N` of a client that gave none.
    pub fn guest(number: u64) -> Name {
        Name::new(format!("guest-{number}"))
    }

    /// The name with `-N` behind it, shortened where it would become too long: what another bearer of it is called.
    pub fn numbered(&self, number: u64) -> Name {
        let suffix = format!("-{number}");
        Name::new(self.shortened(MAX_CHARS.saturating_sub(suffix.len())) + &suffix)
    }

    /// The first `length` characters. If some are cut off, those that are allowed only beside others go too: what they
    /// need may have been cut off.
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

    /// What this name has in common with all that equal `NAME-N`, and that N; `None` if no name is numbered like this.
    pub fn stem_and_number(&self) -> Option<(&str, u64)> {
        let (stem, digits) = self.key.rsplit_once('-')?;
        let number = line::decimal(digits)?;
        // `anna-07` is a name of its own, and not `anna-7`.
        (digits == "0" || !digits.starts_with('0')).then_some((stem, number))
    }

    /// The name as it is shown.
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

/// A text that is no [`Name`].
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
