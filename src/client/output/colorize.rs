//! Colours: a stable one for each name, notices dimmed, one's own name standing out.

use crate::colour::{BOLD, DIM, PLAIN};
use crate::line;

const REVERSED: &str = "\x1b[7m";

/// What names may be painted in: the terminal's own colours, but for black, white and the blue that nobody can read on
/// black.
const COLOURS: [u8; 11] = [31, 32, 33, 35, 36, 91, 92, 93, 94, 95, 96];

/// Cleans a line from the server and paints it, if `paints`. `own` is our name as the server has it.
pub fn line(line: &str, own: Option<&str>, paints: bool) -> String {
    let clean = line::clean(line);
    if !paints {
        return clean.into_owned();
    }
    if clean.starts_with("* ") {
        return format!("{DIM}{clean}{PLAIN}");
    }
    let said = line::number(&clean).and_then(|_| clean.split_once(' '));
    match said {
        Some((_, notice)) if notice.starts_with("* ") => format!("{DIM}{clean}{PLAIN}"),
        Some((number, said)) => match said.split_once(": ") {
            Some((name, text)) => said_by(number, name, text, own),
            None => clean.into_owned(),
        },
        None => clean.into_owned(),
    }
}

fn said_by(number: &str, name: &str, text: &str, own: Option<&str>) -> String {
    let colour = colour(name);
    if own == Some(name) {
        return format!("{DIM}{number}{PLAIN} {BOLD}\x1b[{colour}m{name}{PLAIN}: {text}");
    }
    let text = own.map_or_else(|| text.to_owned(), |own| stand_out(text, own));
    format!("{DIM}{number}{PLAIN} \x1b[{colour}m{name}{PLAIN}: {text}")
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

/// The colour of a name, the same in every client and on every day (FNV-1a).
fn colour(name: &str) -> u8 {
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let index = usize::try_from(hash % COLOURS.len() as u64).unwrap_or_default();
    COLOURS.get(index).copied().unwrap_or_default()
}

/// A sentence of the client itself, as a notice.
pub fn notice(sentence: &str, paints: bool) -> String {
    line(&format!("* {sentence}"), None, paints)
}
