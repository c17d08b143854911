//! The numbers that one client has seen: each in order, once, or a gap that it was told of.

/// What came for a client, as far as its numbers go.
#[derive(Default)]
pub struct Numbers {
    newest: Option<u64>,
    /// How many lines are gone, as told since the newest number.
    gone: u64,
    /// How many numbered lines have come in all.
    pub count: u64,
    /// How many of them it was told are gone, in all.
    pub gaps: u64,
}

impl Numbers {
    /// The newest number so far, for `since`.
    pub fn since(&self) -> Option<u64> {
        self.newest
    }

    /// Takes a line and returns what someone said in it: the name and the text.
    #[track_caller]
    pub fn take<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
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

    /// A new connection tells its gaps anew: what was told and not followed by a line stands for nothing.
    pub fn resume(&mut self) {
        self.gone = 0;
    }
}

/// The number in `* 12 lines are gone`.
pub fn gone(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("* ")?;
    let count = rest
        .strip_suffix(" lines are gone")
        .or(rest.strip_suffix(" line is gone"));
    count?.parse().ok()
}
