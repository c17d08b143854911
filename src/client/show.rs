//! Where lines are shown.

use std::io::{self, Write};

use crate::base::line;
use crate::client::complain::complain;
use crate::client::paint::Painter;

/// Shows what the chat says, and what is to be known about the connection. Only the socket thread has it.
pub trait Show {
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
pub struct Plain<W> {
    output: W,
    painter: Painter,
}

impl<W: Write> Plain<W> {
    /// An output with colors, if `paints`.
    pub fn painted(output: W, paints: bool) -> Self {
        Plain {
            output,
            painter: Painter::new(paints),
        }
    }
}

impl<W: Write> Show for Plain<W> {
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        let mut line = self.painter.line(line, own);
        line.push('\n');
        self.output.write_all(line.as_bytes())?;
        self.output.flush()
    }

    fn state(&mut self, sentence: &str) {
        complain(format_args!("{}", line::clean(sentence)));
    }
}
