//! Checks the numbers that one client receives: each arrives once and in order, or a notice reports a gap.

/// The newest number that a client has received, and its counts of received and missing lines.
#[derive(Default)]
pub struct Numbers {
    newest: Option<u64>,
    /// How many lines after the newest number were reported as gone.
    gone: u64,
    /// How many numbered lines have arrived in total.
    pub count: u64,
    /// How many lines were reported as gone in total.
    pub gaps: u64,
}

impl Numbers {
    /// Returns the newest number, for the parameter `since`. Returns `None` before the first numbered line.
    pub fn since(&self) -> Option<u64> {
        self.newest
    }

    /// Checks a line's number, and counts the line. Returns the speaker's name and the text, or `None` for a notice.
    #[track_caller]
    pub fn on_line<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        if let Some(gone) = gone(line) {
            self.gone += gone;
            self.gaps += gone;
            return None;
        }
        let (number, rest) = line.split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        if let Some(newest) = self.newest {
            assert_eq!(
                number,
                newest + self.gone + 1,
                "after {newest} and {} gone: {line}",
                self.gone
            );
        }
        (self.newest, self.gone) = (Some(number), 0);
        self.count += 1;
        rest.split_once(": ")
            .filter(|(name, _)| !name.contains(' '))
    }

    /// Discards a gap after the newest line, because the replay of a new connection fills it or reports it again.
    pub fn resume(&mut self) {
        self.gone = 0;
    }
}

/// Returns the count from a notice such as `* 12 lines are gone`, or `None` for any other line.
pub fn gone(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("* ")?;
    let count = rest
        .strip_suffix(" lines are gone")
        .or(rest.strip_suffix(" line is gone"));
    count?.parse().ok()
}
