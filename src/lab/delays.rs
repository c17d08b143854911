//! Measured delays: percentiles and mean.

use std::time::Duration;

/// How long each line took to arrive, in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Delays(Vec<Duration>);

impl Delays {
    /// Sorts the delays, which may be in any order.
    pub fn new(mut delays: Vec<Duration>) -> Delays {
        delays.sort_unstable();
        Delays(delays)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns a percentile by the nearest-rank method: the shortest measured delay that is at least as long as
    /// `percent` percent of the delays. With 100, that is the longest delay. Returns 0 if there are no delays.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent.min(100)).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// Returns the mean, or 0 if there are no delays.
    pub fn mean(&self) -> Duration {
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX).max(1);
        self.0.iter().sum::<Duration>() / count
    }
}

/// Formats a delay for people, rounded and with its unit.
pub fn short(delay: Duration) -> String {
    let milliseconds = delay.as_secs_f64() * 1000.0;
    match milliseconds {
        ..9.995 => format!("{milliseconds:.2} ms"),
        ..999.5 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.2} s", milliseconds / 1000.0),
    }
}
