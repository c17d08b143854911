//! Where lines are shown.

pub mod colorize;
pub mod style;
pub mod warn;

use std::io::{self, Write};

use crate::base::line;
use crate::client::output::colorize::Colorizer;
use crate::client::output::style::Style;
use crate::client::output::warn::warn;

/// Shows what the chat says, and what is to be known about the connection. Only the socket thread has it.
pub trait Output {
    /// Shows a line of the chat; `own` is our name as the server has it.
    ///
    /// # Errors
    /// If the output takes no more.
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()>;

    /// Tells something about the connection that does not end the client.
    fn notice(&mut self, sentence: &str);

    /// Shows anew which lines are pending, where that is shown.
    fn refresh(&mut self) {}
}

/// An output that is not edited: a pipe, a file. The chat goes there, everything else to stderr.
#[derive(Debug)]
pub struct PlainOutput<W> {
    output: W,
    colorizer: Colorizer,
}

impl<W: Write> PlainOutput<W> {
    /// An output of this style.
    pub fn new(output: W, style: Style) -> Self {
        PlainOutput {
            output,
            colorizer: Colorizer::new(style),
        }
    }
}

impl<W: Write> Output for PlainOutput<W> {
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        let line = self.colorizer.line(line, own) + "\n";
        self.output.write_all(line.as_bytes())?;
        self.output.flush()
    }

    fn notice(&mut self, sentence: &str) {
        warn(format_args!("{}", line::clean(sentence)));
    }
}
