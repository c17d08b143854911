//! When output is colored, and the escape sequences (ECMA-48, section 8.3.117).

use std::env;

use clap::ValueEnum;

/// Resets every color and weight.
pub const PLAIN: &str = "\x1b[0m";
/// Starts faint text.
pub(crate) const DIM: &str = "\x1b[2m";
/// Starts bold text.
pub(crate) const BOLD: &str = "\x1b[1m";

/// When output is colored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Color {
    /// In a terminal, unless `NO_COLOR` is set and not empty, or `TERM` is `dumb` or not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Returns whether to color output. `is_terminal` tells whether the output is a terminal.
    pub fn paints(self, is_terminal: bool) -> bool {
        let is_set = |variable| env::var_os(variable).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        match self {
            Color::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb,
            Color::Always => true,
            Color::Never => false,
        }
    }
}
