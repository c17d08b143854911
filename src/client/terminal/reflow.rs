//! What a terminal does with rows that are wider than a window that has become narrower.

use std::env;

/// Variables that are set by terminals that break such rows into several.
const BREAKING: [&str; 9] = [
    "ALACRITTY_WINDOW_ID",
    "GHOSTTY_RESOURCES_DIR",
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "TERM_PROGRAM",
    "TMUX",
    "VTE_VERSION",
    "WEZTERM_PANE",
    "WT_SESSION",
];

/// Whether this terminal is known to break them. Others, such as xterm and the Linux console, cut them off. A wrong
/// guess leaves rows behind, or removes lines that were received. So in doubt it returns `false`.
pub(super) fn breaks_rows() -> bool {
    // Within GNU screen the variables of the terminal around it say nothing.
    let is_screen = env::var_os("STY").is_some() && env::var_os("TMUX").is_none();
    !is_screen && BREAKING.iter().any(|name| env::var_os(name).is_some())
}

/// How many rows are above the cursor after the rows `above` and the cursor's `own` row break at `columns`. A cursor
/// after the last character of a full row stays in that row: only the next character would begin another one.
pub fn rows_above(above: &[usize], own: usize, cursor: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let above = above.iter().map(|width| width.div_ceil(columns).max(1));
    let above: usize = above.sum();
    let is_behind = cursor == own;
    above + cursor.saturating_sub(usize::from(is_behind)) / columns
}
