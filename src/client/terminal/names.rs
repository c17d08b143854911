//! The names that Tab completes.

use std::collections::BTreeSet;

use crate::client::output::colorize;

/// The commands of the chat and of this client.
const COMMANDS: [&str; 4] = ["/help", "/nick", "/quit", "/who"];
/// The maximum number of names that the client remembers.
const MAX_NAMES: usize = 1000;

/// The names seen in the chat. A name is removed when its member leaves or is renamed.
#[derive(Debug, Default)]
pub struct KnownNames(BTreeSet<String>);

/// What Tab does.
#[derive(Debug, Eq, PartialEq)]
pub enum Completion {
    /// Insert a tab, because there is nothing to complete.
    Tab,
    /// Show these completions, because several are possible.
    Several(Vec<String>),
    /// Replace the word before the cursor with this text.
    Word(String),
}

impl KnownNames {
    /// Learns the name in a line of the chat, and forgets the name of a member that left or was renamed.
    pub fn on_line(&mut self, line: &str) {
        let speaker = colorize::parts(line).map(|(_, name, _)| name);
        let notice = line.split_once(" * ").filter(|_| speaker.is_none());
        let notice = notice.map_or("", |(_, notice)| notice);
        let (old, new) = notice.split_once(" is now ").unzip();
        let gone = old.or(notice.strip_suffix(" left"));
        let new = new.or(notice.strip_suffix(" joined"));
        self.0.remove(gone.unwrap_or_default());
        if let Some(name) = speaker.or(new).filter(|_| self.0.len() < MAX_NAMES) {
            self.0.insert(name.to_owned());
        }
    }

    /// Completes the last word of the text `before` the cursor. Only the first word can become a command.
    pub fn complete(&self, before: &str) -> Completion {
        let word = last_word(before);
        let is_first = word.len() == before.len();
        let commands = COMMANDS.iter().copied().filter(|_| is_first);
        let candidates = commands.chain(self.0.iter().map(String::as_str));
        let lower = word.to_lowercase();
        let fits = |candidate: &&str| candidate.to_lowercase().starts_with(&lower);
        let fitting: Vec<&str> = candidates.filter(fits).collect();
        match fitting.as_slice() {
            [] => Completion::Tab,
            _ if word.is_empty() => Completion::Tab,
            [name] if is_first && !name.starts_with('/') => Completion::Word(format!("{name}: ")),
            [one] => Completion::Word(format!("{one} ")),
            [first, others @ ..] => {
                let mut common = (*first).to_owned();
                while !others.iter().all(|other| other.starts_with(&common)) {
                    common.pop();
                }
                match common.len() > word.len() {
                    true => Completion::Word(common),
                    false => Completion::Several(fitting.into_iter().map(str::to_owned).collect()),
                }
            }
        }
    }
}

/// Returns the part of `text` that follows the last white space.
pub(super) fn last_word(text: &str) -> &str {
    text.rsplit(char::is_whitespace).next().unwrap_or_default()
}
