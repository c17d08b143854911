//! Decides whether output is colored, and defines the escape sequences for styles (ECMA-48, section 8.3.117).

use std::env;

use clap::ValueEnum;

/// Ends every color and style.
pub const RESET: &str = "\x1b[0m";
/// Starts faint text.
pub(crate) const DIM: &str = "\x1b[2m";
/// Starts bold text.
pub(crate) const BOLD: &str = "\x1b[1m";

/// The user's choice of when output is colored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Color {
    /// Only in a terminal, and not if `NO_COLOR` has a value or `TERM` is `dumb`, empty or not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Returns whether to color the output.
    pub fn is_enabled(self, is_terminal: bool) -> bool {
        let is_set = |variable| env::var_os(variable).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        match self {
            Color::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb,
            Color::Always => true,
            Color::Never => false,
        }
    }
}
