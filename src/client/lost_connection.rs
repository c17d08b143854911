//! Why a client did not end as asked.

use std::fmt;

use crate::client::loss_cause::LossCause;

/// Why a connection did not end as it should.
#[derive(Debug)]
pub struct LostConnection {
    /// What ended it.
    pub why: LossCause,
    /// How many of the lines that were sent have no receipt: the server may have got them or not.
    pub uncertain: u64,
    /// How many lines were never sent.
    pub unsent: u64,
}

impl fmt::Display for LostConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.why)?;
        match self.uncertain {
            0 => {}
            1 => write!(
                f,
                "; 1 line has no receipt: the server may have got it or not"
            )?,
            lines => write!(
                f,
                "; {lines} lines have no receipt: the server may have got them or not"
            )?,
        }
        match self.unsent {
            0 => Ok(()),
            1 => write!(f, "; 1 line was not sent"),
            lines => write!(f, "; {lines} lines were not sent"),
        }
    }
}

impl std::error::Error for LostConnection {}
