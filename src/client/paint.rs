//! Colors: one for each name, notices dimmed, the user's own name standing out.

use crate::base::color::{BOLD, DIM, PLAIN};
use crate::base::line;
use crate::base::palette::{Color, NameColors};

const REVERSED: &str = "\x1b[7m";

/// Paints lines. It remembers which name has which color.
#[derive(Debug)]
pub struct Painter {
    paints: bool,
    names: NameColors,
}

impl Painter {
    /// A painter that only cleans, unless `paints`.
    pub fn new(paints: bool) -> Painter {
        Painter {
            paints,
            names: NameColors::default(),
        }
    }

    /// Cleans a line from the server and paints it. `own` is the name of this client as the server has it.
    pub fn line(&mut self, line: &str, own: Option<&str>) -> String {
        let clean = line::clean(line);
        if !self.paints {
            return clean.into_owned();
        }
        if clean.starts_with("* ") {
            return dimmed(&clean);
        }
        let numbered = line::number(&clean).and_then(|_| clean.split_once(' '));
        let Some((number, rest)) = numbered else {
            return clean.into_owned();
        };
        if let Some(notice) = rest.strip_prefix("* ") {
            self.names.read_notice(notice);
            return dimmed(&clean);
        }
        match rest.split_once(": ") {
            Some((name, text)) => said_by(number, name, self.names.color(name), text, own),
            None => clean.into_owned(),
        }
    }

    /// A sentence of the client itself, as a notice.
    pub fn notice(&self, sentence: &str) -> String {
        notice(sentence, self.paints)
    }
}

/// A sentence of the client itself, as a notice.
pub fn notice(sentence: &str, paints: bool) -> String {
    let line = format!("* {sentence}");
    let clean = line::clean(&line);
    if paints {
        dimmed(&clean)
    } else {
        clean.into_owned()
    }
}

fn dimmed(line: &str) -> String {
    format!("{DIM}{line}{PLAIN}")
}

fn said_by(number: &str, name: &str, color: Color, text: &str, own: Option<&str>) -> String {
    let color = color.number();
    if own == Some(name) {
        return format!("{DIM}{number}{PLAIN} {BOLD}\x1b[38;5;{color}m{name}{PLAIN}: {text}");
    }
    let text = own.map_or_else(|| text.to_owned(), |own| stand_out(text, own));
    format!("{DIM}{number}{PLAIN} \x1b[38;5;{color}m{name}{PLAIN}: {text}")
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
    use super::Painter;

    #[test]
    fn names_are_told_apart_and_keep_their_colors() {
        let mut painter = Painter::new(true);
        let mut painted = |name: &str| {
            let line = painter.line(&format!("7 {name}: hello"), None);
            let (escape, _) = line.split_once(name).unwrap();
            escape.to_owned()
        };
        let first = ["anna", "ben", "carl"].map(&mut painted);
        assert!(first[0] != first[1] && first[1] != first[2] && first[2] != first[0]);
        assert_eq!(["anna", "ben", "carl"].map(&mut painted), first);
    }
}
