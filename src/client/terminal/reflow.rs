//! How terminals treat rows that no longer fit when the window becomes narrower.

use std::env;

/// The environment variables of terminals that break a row when it no longer fits.
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

/// Returns whether this terminal is known to break rows that no longer fit. Others, such as xterm and the Linux console, truncate them. A
/// wrong `false` leaves a row on the screen, but a wrong `true` erases received lines. So `false` is the safe default.
pub(super) fn breaks_rows() -> bool {
    // Inside GNU screen, the variables describe the outer terminal, but GNU screen decides what happens to the rows.
    let is_screen = env::var_os("STY").is_some() && env::var_os("TMUX").is_none();
    !is_screen && BREAKING.iter().any(|name| env::var_os(name).is_some())
}

/// Returns how many rows are above the cursor when rows break at `columns`. `above` holds the widths of the rows above the
/// cursor's row, and `own` is the width of that row. A cursor at the end of a full row stays in that row.
pub fn rows_above(above: &[usize], own: usize, cursor: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let above = above.iter().map(|width| width.div_ceil(columns).max(1));
    let above: usize = above.sum();
    let is_behind = cursor == own;
    above + cursor.saturating_sub(usize::from(is_behind)) / columns
}
