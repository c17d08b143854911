//! Checks the line numbers that one client receives: each must be one more than the previous one.

use super::client::Client;
use super::failure::{Failure, quote};

/// The lines that a client expects, as a failure describes them.
const FORM: &str = "lines such as `42 anna: hello`, which begin with a number and a space";

/// The number of the last line, or `None` if the next line may have any number.
#[derive(Debug, Default)]
pub struct Numbers {
    pub last: Option<u64>,
}

/// A line to the room, split into its parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Numbered {
    pub number: u64,
    pub rest: String,
}

impl Numbers {
    /// Returns a check that begins after the line with this number.
    pub fn after(number: u64) -> Numbers {
        Numbers { last: Some(number) }
    }

    /// Waits for the next line to the room, which must have the next number. Skips the lines that go to this client
    /// only.
    pub fn next(&mut self, client: &mut Client, sent: &str) -> Result<Numbered, Failure> {
        loop {
            let line = client.receive_next(sent, FORM)?;
            if is_private(&line) {
                continue;
            }
            let numbered = Numbered::parse(&line);
            let numbered = numbered.ok_or_else(|| client.failure(sent, FORM, &quote(&line)))?;
            let expected = self.last.map_or(numbered.number, |last| last + 1);
            if numbered.number != expected {
                let line = format!("a line with number {expected}");
                return Err(client.failure(sent, &line, &quote(&format!("{numbered}"))));
            }
            self.last = Some(numbered.number);
            return Ok(numbered);
        }
    }

    /// Waits for the lines up to and including the one that ends with this text.
    pub fn until(
        &mut self,
        client: &mut Client,
        sent: &str,
        text: &str,
    ) -> Result<Vec<Numbered>, Failure> {
        let deadline = client.prompt_deadline();
        let mut lines = Vec::new();
        while deadline.remaining().is_some() {
            let line = self.next(client, sent)?;
            lines.push(line);
            if lines.last().is_some_and(|line| line.rest.ends_with(text)) {
                return Ok(lines);
            }
        }
        let got = format!("{} other lines", lines.len());
        let line = format!("a line that ends with {}", quote(text));
        Err(client.failure(sent, &line, &got))
    }
}

impl Numbered {
    pub fn parse(line: &str) -> Option<Numbered> {
        let (number, rest) = line.split_once(' ')?;
        let number = number.parse().ok()?;
        let rest = rest.to_owned();
        Some(Numbered { number, rest })
    }
}

impl std::fmt::Display for Numbered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.rest)
    }
}

/// Returns whether the server sent this line to one client only. Such a line has no number.
pub fn is_private(line: &str) -> bool {
    line.starts_with("* ")
}

/// Returns how many lines a gap notice reports as gone, or `None` for any other line.
pub fn gap(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("* ")?;
    let count = rest
        .strip_suffix(" lines are gone")
        .or(rest.strip_suffix(" line is gone"));
    count?.parse().ok()
}
