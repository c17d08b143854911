//! How a line looks: a stable color for each name, notices dimmed, our own name standing out.

use std::borrow::Cow;

use jiff::ZonedDateTime;

use super::Style;
use crate::colour::{BOLD, DIM, PLAIN};
use crate::line;

const REVERSED: &str = "\x1b[7m";

const BELL: &str = "\x07";

/// What names may be painted in: colors of the 256 that xterm has (ECMA-48 has only 16, and of those most terminals show
/// some too bright for white or too dark for black). Each has a contrast of at least 4:1 to both.
const COLORS: [u8; 11] = [131, 130, 64, 28, 30, 31, 27, 98, 129, 164, 162];

/// A line as it is shown: cleaned, with colors and with the time, as the style says. `own` is our name as the server has
/// it.
pub fn line(line: &str, own: Option<&str>, style: Style) -> String {
    let clean = match style.is_clean || style.has_color {
        true => line::clean(line.strip_suffix('\r').unwrap_or(line)),
        false => Cow::Borrowed(line),
    };
    let shown = match style.has_color {
        true => colorize(&clean, own),
        false => clean.to_string(),
    };
    let time = match style.has_time {
        true => ZonedDateTime::now().strftime("%H:%M:%S ").to_string(),
        false => String::new(),
    };
    let bell = match own {
        Some(own) if style.rings && is_called(&clean, own) => BELL,
        _ => "",
    };
    match style.has_color && style.has_time {
        true => format!("{bell}{DIM}{time}{PLAIN}{shown}"),
        false => format!("{bell}{time}{shown}"),
    }
}

/// A sentence of the client itself, as a notice.
pub fn notice(sentence: &str, style: Style) -> String {
    line(&format!("* {sentence}"), None, style)
}

/// The number, the name and the text of a line that someone said.
pub fn parts(line: &str) -> Option<(&str, &str, &str)> {
    line::number(line)?;
    let (number, said) = line.split_once(' ')?;
    let (name, text) = said.split_once(": ")?;
    let is_name = !name.contains(' ');
    is_name.then_some((number, name, text))
}

fn colorize(clean: &str, own: Option<&str>) -> String {
    match parts(clean) {
        Some((number, name, text)) => said_by(number, name, text, own),
        None if is_notice(clean) => format!("{DIM}{clean}{PLAIN}"),
        None => clean.to_owned(),
    }
}

fn is_notice(line: &str) -> bool {
    let said = line::number(line).and_then(|_| line.split_once(' '));
    line.starts_with("* ") || said.is_some_and(|(_, notice)| notice.starts_with("* "))
}

fn said_by(number: &str, name: &str, text: &str, own: Option<&str>) -> String {
    let color = color(name);
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

/// The color of a name, the same in every client and on every day (FNV-1a).
fn color(name: &str) -> u8 {
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let index = usize::try_from(hash % COLORS.len() as u64).unwrap_or_default();
    COLORS.get(index).copied().unwrap_or_default()
}
