//! Where lines are shown.

pub mod colorize;

use std::fmt::Display;
use std::io::{self, Write};

use crate::base::line;
use crate::client::output::colorize::Colorizer;

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

/// How lines are shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether with colors.
    pub has_color: bool,
    /// Whether control characters are replaced. They must be in a terminal, where they could do anything.
    pub is_clean: bool,
    /// Whether each line has the time before it.
    pub has_time: bool,
    /// Whether the bell rings at our own name.
    pub rings: bool,
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
        let colorizer = Colorizer::new(style);
        PlainOutput { output, colorizer }
    }
}

impl<W: Write> Output for PlainOutput<W> {
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        let line = self.colorizer.line(line, own) + "\n";
        self.output.write_all(line.as_bytes())?;
        self.output.flush()
    }

    fn notice(&mut self, sentence: &str) {
        warn(line::clean(sentence));
    }
}

/// Says something on stderr. If stderr is closed, it is not said: `eprintln!` would panic.
pub fn warn(what: impl Display) {
    let _ = writeln!(io::stderr(), "chat-client: {what}");
}
