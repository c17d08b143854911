//! Pseudo-random numbers that are the same in each run.

use std::time::Duration;

/// The pseudo-random generator SplitMix64. The same seed gives the same numbers, so that a failure can be reproduced.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Returns a number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) as usize % limit
    }

    /// Returns true once in `count` calls, on average.
    pub fn one_of(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// Returns a duration below `max`.
    pub fn up_to(&mut self, max: Duration) -> Duration {
        max.mul_f64(self.below(1000) as f64 / 1000.0)
    }
}
