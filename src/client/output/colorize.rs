//! How a line looks: a color for each name, notices dimmed, our own name standing out.

use std::borrow::Cow;

use jiff::ZonedDateTime;

use crate::base::color::{BOLD, DIM, PLAIN};
use crate::base::line;
use crate::base::palette::NameColors;
use crate::client::output::style::Style;

const REVERSED: &str = "\x1b[7m";

const BELL: &str = "\x07";

/// Makes lines look as a style says. It remembers which name has which color.
#[derive(Debug)]
pub struct Colorizer {
    style: Style,
    names: NameColors,
}

impl Colorizer {
    /// A colorizer for this style.
    pub fn new(style: Style) -> Colorizer {
        Colorizer {
            style,
            names: NameColors::default(),
        }
    }

    /// A line as it is shown: cleaned, with colors and with the time, as the style says. `own` is our name as the
    /// server has it.
    pub fn line(&mut self, line: &str, own: Option<&str>) -> String {
        let style = self.style;
        let clean = if style.is_clean || style.has_color {
            line::clean(line.strip_suffix('\r').unwrap_or(line))
        } else {
            Cow::Borrowed(line)
        };
        let shown = if style.has_color {
            self.colorize(&clean, own)
        } else {
            clean.to_string()
        };
        let time = if style.has_time {
            ZonedDateTime::now().strftime("%H:%M:%S ").to_string()
        } else {
            String::new()
        };
        let bell = match own {
            Some(own) if style.rings && is_called(&clean, own) => BELL,
            _ => "",
        };
        if style.has_color && style.has_time {
            format!("{bell}{DIM}{time}{PLAIN}{shown}")
        } else {
            format!("{bell}{time}{shown}")
        }
    }

    /// A sentence of the client itself, as a notice.
    pub fn notice(&mut self, sentence: &str) -> String {
        self.line(&format!("* {sentence}"), None)
    }

    fn colorize(&mut self, clean: &str, own: Option<&str>) -> String {
        if let Some((number, name, text)) = parts(clean) {
            let color = self.names.color(name).number();
            return said_by(number, name, color, text, own);
        }
        let numbered = line::number(clean).and_then(|_| clean.split_once(' '));
        let notice = numbered.and_then(|(_, said)| said.strip_prefix("* "));
        if let Some(notice) = notice {
            self.names.read_notice(notice);
        }
        if notice.is_some() || clean.starts_with("* ") {
            format!("{DIM}{clean}{PLAIN}")
        } else {
            clean.to_owned()
        }
    }
}

/// The number, the name and the text of a line that someone said.
pub fn parts(line: &str) -> Option<(&str, &str, &str)> {
    line::number(line)?;
    let (number, said) = line.split_once(' ')?;
    let (name, text) = said.split_once(": ")?;
    let is_name = !name.contains(' ');
    is_name.then_some((number, name, text))
}

fn said_by(number: &str, name: &str, color: u8, text: &str, own: Option<&str>) -> String {
    if own == Some(name) {
        return format!("{DIM}{number}{PLAIN} {BOLD}\x1b[38;5;{color}m{name}{PLAIN}: {text}");
    }
    let text = own.map_or_else(|| text.to_owned(), |own| stand_out(text, own));
    format!("{DIM}{number}{PLAIN} \x1b[38;5;{color}m{name}{PLAIN}: {text}")
}

/// Whether another one's line has our name as a word.
fn is_called(line: &str, own: &str) -> bool {
    parts(line).is_some_and(|(_, name, text)| name != own && stand_out(text, own) != text)
}

/// The text with a name in it reversed, where it stands as a word.
fn stand_out(text: &str, name: &str) -> String {
    let mut painted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(name).filter(|_| !name.is_empty()) {
        let begins = !painted.ends_with(char::is_alphanumeric) || !before.is_empty();
        let is_word = begins
            && !before.ends_with(char::is_alphanumeric)
            && !after.starts_with(char::is_alphanumeric);
        painted.push_str(before);
        if is_word {
            painted.push_str(&format!("{REVERSED}{name}{PLAIN}"));
        } else {
            painted.push_str(name);
        }
        rest = after;
    }
    painted + rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Colorizer, Style};

    #[test]
    fn names_are_told_apart_and_keep_their_colors() {
        let mut colorizer = Colorizer::new(Style {
            has_color: true,
            ..Style::default()
        });
        let mut colored = |name: &str| {
            let line = colorizer.line(&format!("7 {name}: hello"), None);
            let (escape, _) = line.split_once(name).unwrap();
            escape.to_owned()
        };
        let first = ["anna", "ben", "carl"].map(&mut colored);
        assert!(first[0] != first[1] && first[1] != first[2] && first[2] != first[0]);
        assert_eq!(["anna", "ben", "carl"].map(&mut colored), first);
    }

    #[test]
    fn the_bell_rings_when_another_says_our_name_as_a_word() {
        let mut colorizer = Colorizer::new(Style {
            rings: true,
            ..Style::default()
        });
        for (line, rings) in [
            ("1 ben: hi anna!", true),
            ("2 ben: annas", false),
            ("3 anna: anna", false),
            ("4 * anna joined", false),
        ] {
            let shown = colorizer.line(line, Some("anna"));
            assert_eq!(shown.starts_with('\x07'), rings, "{line}");
        }
    }
}
