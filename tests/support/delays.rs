//! How long it takes until what one says is heard by another.

use std::fmt;
use std::time::{Duration, Instant};

use super::chat::{Door, Member};

/// Two people in one room: one talks, the other listens.
pub struct Pair {
    talker: Member,
    listener: Member,
    said: usize,
}

impl Pair {
    /// Two who have joined and heard of each other.
    pub fn join(door: &Door) -> Pair {
        let mut talker = door.member("talker");
        let listener = door.member("listener");
        talker.hear_until("* listener joined");
        Pair {
            talker,
            listener,
            said: 0,
        }
    }

    /// How long the next line takes, among all that others say.
    pub fn delay(&mut self) -> Duration {
        self.say("")
    }

    /// The same for a line that begins like this.
    pub fn say(&mut self, beginning: &str) -> Duration {
        self.said += 1;
        let text = format!("{beginning} mark {}", self.said);
        let begun = Instant::now();
        self.talker.say(&text);
        self.listener.hear_until(&text);
        let delay = begun.elapsed();
        self.talker.hear_until(&text);
        delay
    }
}

/// Delays that were measured under the same circumstances.
#[derive(Debug, Default)]
pub struct Delays(Vec<Duration>);

impl Delays {
    pub fn add(&mut self, delay: Duration) {
        self.0.push(delay);
    }

    /// The delay that so many of a hundred do not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
    }

    /// Asserts that these are about as short as the others, which were measured at the same time. It is generous: the
    /// machine may be busy, and what it shall find takes seconds.
    pub fn assert_not_worse_than(&self, others: &Delays) {
        for percent in [50, 99] {
            let (ours, theirs) = (self.percentile(percent), others.percentile(percent));
            let limit = 10 * theirs + Duration::from_millis(50);
            assert!(ours <= limit, "p{percent}: {ours:?} against {theirs:?}");
        }
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 99].map(|percent| self.percentile(percent));
        write!(f, "p50 {half:?}, p99 {most:?} of {} lines", self.0.len())
    }
}
