//! Which lines from the server are receipts of ours.

use crate::line;

/// Counts our own lines as they come back.
///
/// One's own line coming back with its number is its receipt. It is known by the name in it, so the name is followed:
/// from the welcome, `* you are anna in room 5f3a09c1`, and on through `43 * anna is now ben`. A server that is not
/// ours sends no welcome, and then there are no receipts.
#[derive(Debug, Default)]
pub struct Receipts {
    name: Option<String>,
    seen: u64,
}

impl Receipts {
    /// Looks at a line from the server; `sent` is how many lines were sent so far.
    ///
    /// With `since` in the URL, old lines come too, and somebody of the same name may have said them. They cannot be
    /// told from receipts, but they are none before something was sent.
    pub fn look_at(&mut self, line: &str, sent: u64) {
        if let Some(name) = welcomed(line) {
            self.name = Some(name.to_owned());
            return;
        }
        let (Some(own), Some(_)) = (&self.name, line::number(line)) else {
            return;
        };
        let Some((_, said)) = line.split_once(' ') else {
            return;
        };
        if let Some(new) = renamed(said, own) {
            self.name = Some(new.to_owned());
        } else if said.split_once(": ").is_some_and(|(name, _)| name == own) {
            self.seen = sent.min(self.seen + 1);
        }
    }

    /// How many of `sent` lines have no receipt.
    pub fn missing(&self, sent: u64) -> u64 {
        sent.saturating_sub(self.seen)
    }
}

fn welcomed(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("* you are ")?.split_once(" in room ")?;
    Some(name)
}

fn renamed<'a>(notice: &'a str, own: &str) -> Option<&'a str> {
    notice
        .strip_prefix("* ")?
        .strip_prefix(own)?
        .strip_prefix(" is now ")
}
