//! The numbers of lines as one client sees them: each is one more than the one before.

use super::client::Client;
use super::failure::{Failure, quote};

/// The form of a line.
const FORM: &str = "lines such as `42 anna: hello`, with a number and a space in front";

/// Which number comes next for a client. `None` until the client has got one.
#[derive(Debug, Default)]
pub struct Numbers {
    pub last: Option<u64>,
}

/// A line to all, taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Numbered {
    pub number: u64,
    pub rest: String,
}

impl Numbers {
    /// Goes on after this number.
    pub fn after(number: u64) -> Numbers {
        Numbers { last: Some(number) }
    }

    /// The next line to all, which must have the next number. Lines to the client alone are passed over.
    pub fn next(&mut self, client: &mut Client, sent: &str) -> Result<Numbered, Failure> {
        loop {
            let line = client.hear_next(sent, FORM)?;
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

    /// The lines up to the one that ends with this text, which is the last of them.
    pub fn until(
        &mut self,
        client: &mut Client,
        sent: &str,
        text: &str,
    ) -> Result<Vec<Numbered>, Failure> {
        let deadline = client.soon();
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

/// Whether a line is for the client alone.
pub fn is_private(line: &str) -> bool {
    line.starts_with("* ")
}

/// How many lines a line says are gone.
pub fn gap(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("* ")?;
    let count = rest
        .strip_suffix(" lines are gone")
        .or(rest.strip_suffix(" line is gone"));
    count?.parse().ok()
}
