//! The two directions of a connection.

use crate::base::color::PLAIN;

/// The direction of a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the client.
    ToServer,
    /// From the server.
    ToClient,
}

impl Direction {
    /// Returns the arrow that stands for it. Nothing else has a color, because no color is readable on every background.
    pub(super) fn arrow(self, has_color: bool) -> String {
        let (arrow, color) = match self {
            Direction::ToServer => ("→", "\x1b[35m"),
            Direction::ToClient => ("←", "\x1b[32m"),
        };
        if has_color {
            format!("{color}{arrow}{PLAIN}")
        } else {
            arrow.to_owned()
        }
    }
}
