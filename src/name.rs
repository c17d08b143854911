//! What may be a name, and how a second bearer of it is called.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How long a name may be, in characters: 32.
pub const MAX_CHARS: usize = 32;

/// A name that may be shown to everyone: 1 to [`MAX_CHARS`] letters and digits of any script and `-`, `_`, `.`, in NFC.
/// The marks that many scripts write with their letters are part of these, so a name does not begin with one.
///
/// NFC makes two spellings of one name the same name: an `é` of one character and an `e` with an accent after it look
/// alike, and whoever may bear both may speak for somebody else. No space and no colon: in `42 anna: hello` a reader and
/// a program find the end of the name without knowing who is there. (Letters of different scripts that look alike remain: no
/// rule tells a Russian `а` from one that pretends.)
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Name(String);

impl Name {
    /// Normalises `text` and takes it as a name.
    ///
    /// # Errors
    /// [`InvalidName`] if it has no character, too many, or one that is not allowed.
    pub fn parse(text: &str) -> Result<Name, InvalidName> {
        // Normalising reads the whole text, so its length is bounded first: NFC makes no text shorter than a quarter.
        let name: String = text.chars().take(4 * MAX_CHARS + 1).nfc().collect();
        let is_name = (1..=MAX_CHARS).contains(&name.chars().count())
            && name.chars().all(is_allowed)
            && !name.starts_with(is_combining_mark);
        if is_name {
            Ok(Name(name))
        } else {
            Err(InvalidName)
        }
    }

    /// Makes a name of any text by leaving out what is not allowed, or `None` if nothing is left.
    pub fn cleaned(text: &str) -> Option<Name> {
        Name::parse(
            &text
                .nfc()
                .filter(|&c| is_allowed(c))
                .skip_while(|&c| is_combining_mark(c))
                .take(MAX_CHARS)
                .collect::<String>(),
        )
        .ok()
    }

    /// The name `guest-N` of somebody who gave none.
    pub fn guest(number: u64) -> Name {
        Name(format!("guest-{number}"))
    }

    /// The name with `-N` behind it, shortened where it would become too long: how another bearer of it is called.
    pub fn numbered(&self, number: u64) -> Name {
        let suffix = format!("-{number}");
        let kept: String = self
            .0
            .chars()
            .take(MAX_CHARS.saturating_sub(suffix.len()))
            .collect();
        Name(kept + &suffix)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_allowed(c: char) -> bool {
    // The Hangul fillers count as letters and are invisible: with them, two different names would look the same.
    let is_invisible = matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}');
    (c.is_alphanumeric() && !is_invisible) || is_combining_mark(c) || matches!(c, '-' | '_' | '.')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
