//! Where lines are shown.

pub mod colorize;
pub mod warn;

use std::io::{self, Write};

use crate::client::output::warn::warn;
use crate::line;

/// Shows what the chat says, and what is to be known about the connection. Only the socket thread has it.
pub trait Output {
    /// Shows a line of the chat; `own` is our name as the server has it.
    ///
    /// # Errors
    /// If the output takes no more.
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()>;

    /// Tells something about the connection that does not end the client.
    fn state(&mut self, sentence: &str);
}

/// An output that is not edited: a pipe, a file. The chat goes there, everything else to stderr.
#[derive(Debug)]
pub struct PlainOutput<W> {
    output: W,
    paints: bool,
}

impl<W: Write> PlainOutput<W> {
    /// An output with colours, if `paints`.
    pub fn painted(output: W, paints: bool) -> Self {
        PlainOutput { output, paints }
    }
}

impl<W: Write> Output for PlainOutput<W> {
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        let mut line = colorize::line(line, own, self.paints);
        line.push('\n');
        self.output.write_all(line.as_bytes())?;
        self.output.flush()
    }

    fn state(&mut self, sentence: &str) {
        warn(format_args!("{}", line::clean(sentence)));
    }
}
