//! Why a client did not end as asked.

use std::fmt;

use crate::client::loss_cause::LossCause;

/// Why a client did not end as asked, and what stayed unfinished.
#[derive(Debug)]
pub struct LostConnection {
    /// What ended it.
    pub why: LossCause,
    /// How many of the lines that were sent have no receipt: the server may have got them or not. Those that were
    /// reported one by one count too.
    pub uncertain: u64,
    /// How many lines were never sent.
    pub unsent: u64,
}

impl fmt::Display for LostConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.why)?;
        match unfinished(self.uncertain, self.unsent) {
            Some(unfinished) => write!(f, "; {unfinished}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for LostConnection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.why.source()
    }
}

/// The sentence that counts the lines without a receipt and those that were not sent, if there are any.
pub fn unfinished(uncertain: u64, unsent: u64) -> Option<String> {
    let uncertain = match uncertain {
        0 => None,
        1 => Some("1 line has no receipt: the server may have got it or not".to_owned()),
        lines => Some(format!(
            "{lines} lines have no receipt: the server may have got them or not"
        )),
    };
    let unsent = match unsent {
        0 => None,
        1 => Some("1 line was not sent".to_owned()),
        lines => Some(format!("{lines} lines were not sent")),
    };
    let sentences: Vec<String> = uncertain.into_iter().chain(unsent).collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}
