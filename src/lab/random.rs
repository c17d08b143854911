//! When the speaker speaks: at random, but the same times again for the same seed.

use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, 2014): three lines, one word of state, and good enough for a schedule. It protects
/// nothing.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The generator that this seed begins.
    pub fn new(seed: u64) -> SplitMix64 {
        SplitMix64(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number above 0 and up to 1.
    pub fn fraction(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }
}

/// The times of a Poisson process, from 0 to `duration`: `rate` a second on average, each independent of all others.
///
/// The gaps between them are exponential. A line a second at fixed times would always meet the same point between two
/// polls, and the delay would be an accident. If no time falls into the duration, there is one, at 0.
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
