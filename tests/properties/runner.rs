//! Checks a property on many values.

use std::env;
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

/// The seed for all values in `cargo test`, so that each run checks the same values.
pub const SEED: u64 = 0x5f3a_09c1;

/// Checks `property` on `cases` values. `property` must panic for a value that violates it. After a failure, searches
/// for a smaller value that also violates `property`.
///
/// If `FUZZ_SECONDS` is in the environment, checks random values for that many seconds instead.
pub fn check_property<S: Strategy>(cases: u32, values: &S, property: impl Fn(S::Value)) {
    match fuzz_time() {
        None => run_cases(RngSeed::Fixed(SEED), cases, values, &property),
        Some(time) => {
            let end = Instant::now() + time;
            while Instant::now() < end {
                run_cases(RngSeed::Random, cases, values, &property);
            }
        }
    }
}

/// Returns the time limit of a test: the time that `make fuzz` requests, plus ten minutes for a busy machine.
pub fn limit() -> Duration {
    Duration::from_secs(600) + fuzz_time().unwrap_or_default()
}

/// Returns how long `make fuzz` checks each property, or `None` in `cargo test`.
pub fn fuzz_time() -> Option<Duration> {
    let seconds = env::var("FUZZ_SECONDS").ok()?;
    Some(Duration::from_secs(seconds.parse().unwrap()))
}

fn run_cases<S: Strategy>(seed: RngSeed, cases: u32, values: &S, property: &impl Fn(S::Value)) {
    let mut runner = TestRunner::new(Config {
        cases,
        rng_seed: seed,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(values, |value| {
        property(value);
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, value)) => panic!("{reason}\nfor {value:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}
