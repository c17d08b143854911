//! Formats a line: the speaker's name has a color, notices are dim, and our own name is highlighted.

use std::borrow::Cow;

use jiff::ZonedDateTime;

use crate::base::color::{BOLD, DIM, RESET};
use crate::base::line;
use crate::base::palette::NameColors;
use crate::client::output::Style;

const REVERSED: &str = "\x1b[7m";
const BELL: &str = "\x07";

/// Formats lines in a style, and remembers the color of each name.
#[derive(Debug)]
pub struct Colorizer {
    style: Style,
    names: NameColors,
}

impl Colorizer {
    /// Creates a colorizer for this style.
    pub fn new(style: Style) -> Colorizer {
        let names = NameColors::default();
        Colorizer { style, names }
    }

    /// Formats a line. Depending on the style, unsafe characters are replaced, and colors, the time and a bell are added.
    /// `own` is our name in the room.
    pub fn format(&mut self, line: &str, own: Option<&str>) -> String {
        let style = self.style;
        let clean = if style.is_clean || style.has_color {
            line::clean(line.strip_suffix('\r').unwrap_or(line))
        } else {
            Cow::Borrowed(line)
        };
        let rings = style.has_bell && own.is_some_and(|own| mentions(&clean, own));
        let bell = if rings { BELL } else { "" };
        let now = || ZonedDateTime::now().strftime("%H:%M:%S ").to_string();
        let time = style.has_time.then(now).unwrap_or_default();
        match style.has_color {
            true => format!("{bell}{DIM}{time}{}", self.colorize(&clean, own)),
            false => format!("{bell}{time}{clean}"),
        }
    }

    /// Adds colors to a line. The caller puts `DIM` before the result.
    fn colorize(&mut self, clean: &str, own: Option<&str>) -> String {
        if let Some((number, name, text)) = parts(clean) {
            let color = self.names.color(name).number();
            let (weight, text) = match own {
                Some(own) if own == name => (BOLD, text.to_owned()),
                own => ("", highlight(text, own.unwrap_or_default())),
            };
            return format!("{number}{RESET} {weight}\x1b[38;5;{color}m{name}{RESET}: {text}");
        }
        let numbered = line::number(clean).and_then(|_| clean.split_once(' '));
        let notice = numbered.and_then(|(_, said)| said.strip_prefix("* "));
        if let Some(notice) = notice {
            self.names.read_notice(notice);
        }
        if notice.is_some() || clean.starts_with("* ") {
            format!("{clean}{RESET}")
        } else {
            format!("{RESET}{clean}")
        }
    }
}

/// Splits a member's line into its number, the name and the text. Returns `None` for other lines.
pub fn parts(line: &str) -> Option<(&str, &str, &str)> {
    line::number(line)?;
    let (number, said) = line.split_once(' ')?;
    let (name, text) = said.split_once(": ")?;
    let is_name = !name.contains(' ');
    is_name.then_some((number, name, text))
}

/// Returns whether a line from another member contains our name as a word.
fn mentions(line: &str, own: &str) -> bool {
    parts(line).is_some_and(|(_, name, text)| name != own && highlight(text, own) != text)
}

/// Returns the text with a name in reverse video, wherever the name is a whole word.
fn highlight(text: &str, name: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(name).filter(|_| !name.is_empty()) {
        let last = before.chars().next_back().or(shown.chars().next_back());
        shown.push_str(before);
        let ends = !after.starts_with(char::is_alphanumeric);
        if ends && !last.is_some_and(char::is_alphanumeric) {
            shown.push_str(&format!("{REVERSED}{name}{RESET}"));
        } else {
            shown.push_str(name);
        }
        rest = after;
    }
    shown + rest
}
