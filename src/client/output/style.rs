//! How lines are shown.

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
