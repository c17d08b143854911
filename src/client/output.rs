//! Where the client shows lines.

pub mod colorize;

use std::fmt::Display;
use std::io::{self, Write};

use crate::base::line;
use crate::client::output::colorize::Colorizer;

/// Shows the lines of the chat, and notices about the connection. Only the socket thread calls it.
pub trait Output {
    /// Shows a line of the chat. `own` is our name in the room. Fails if the line cannot be written.
    fn show_line(&mut self, line: &str, own: Option<&str>) -> io::Result<()>;

    /// Shows a notice about an event that does not end the client.
    fn show_notice(&mut self, sentence: &str);

    /// Redraws the pending lines, if this output shows them.
    fn refresh(&mut self) {}
}

/// How lines are shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether names and notices have colors.
    pub has_color: bool,
    /// Whether unsafe characters are replaced even without color. A terminal would obey control characters.
    pub is_clean: bool,
    /// Whether each line begins with the time.
    pub has_time: bool,
    /// Whether the bell rings when a line from another member contains our name.
    pub has_bell: bool,
}

/// An output without a line editor, such as a pipe or a file. It gets only the lines of the chat. Notices go to stderr.
#[derive(Debug)]
pub struct PlainOutput<W> {
    output: W,
    colorizer: Colorizer,
}

impl<W: Write> PlainOutput<W> {
    /// Creates an output with this style.
    pub fn new(output: W, style: Style) -> Self {
        let colorizer = Colorizer::new(style);
        PlainOutput { output, colorizer }
    }
}

impl<W: Write> Output for PlainOutput<W> {
    fn show_line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        let line = self.colorizer.format(line, own) + "\n";
        self.output.write_all(line.as_bytes())?;
        self.output.flush()
    }

    fn show_notice(&mut self, sentence: &str) {
        warn(line::clean(sentence));
    }
}

/// Writes a message to stderr. If stderr is closed, the message is lost. (`eprintln!` would panic.)
pub fn warn(what: impl Display) {
    let _ = writeln!(io::stderr(), "chat-client: {what}");
}
