//! Delays that were measured: percentiles and mean.

use std::time::Duration;

/// How long each line took, in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Delays(Vec<Duration>);

impl Delays {
    /// Takes the delays in any order.
    pub fn new(mut delays: Vec<Duration>) -> Delays {
        delays.sort_unstable();
        Delays(delays)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest delay that at least `percent` per cent of them do not exceed (the nearest rank: it is one that was
    /// measured, and nothing in between). 100 is the longest; 0 if there are none.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent.min(100)).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// The mean, 0 if there are none.
    pub fn mean(&self) -> Duration {
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX).max(1);
        self.0.iter().sum::<Duration>() / count
    }
}

/// A delay as a person reads it: two or three digits and their unit.
pub fn short(delay: Duration) -> String {
    let milliseconds = delay.as_secs_f64() * 1000.0;
    match milliseconds {
        ..9.995 => format!("{milliseconds:.2} ms"),
        ..999.5 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.2} s", milliseconds / 1000.0),
    }
}
