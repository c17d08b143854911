//! Random times at which the speaker talks. The same seed gives the same times.

use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, 2014): a few lines of code and 64 bits of state. It is good enough for a
/// schedule, but not for secrets.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Makes a generator with this seed.
    pub fn new(seed: u64) -> SplitMix64 {
        SplitMix64(seed)
    }

    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns the next random number, which is greater than 0 and at most 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

/// Returns the times of a Poisson process from 0 to `duration`. There are `rate` events per second on average,
/// independent of each other.
///
/// The gaps between the events are exponentially distributed, because equal gaps would distort the delays of polling. If there were a
/// line exactly every second, a client that polls every second would receive all lines with the same delay. That delay would depend only
/// on when the polling began. The result is never empty: without an event before `duration`, it is the single time 0.
pub fn poisson(seed: u64, rate: f64, duration: Duration) -> Vec<Duration> {
    let mut random = SplitMix64::new(seed);
    let mut times = Vec::new();
    let mut now = 0.0;
    loop {
        now -= random.fraction().ln() / rate;
        if now >= duration.as_secs_f64() {
            break;
        }
        times.push(Duration::from_secs_f64(now));
    }
    if times.is_empty() {
        times.push(Duration::ZERO);
    }
    times
}
