use std::time::{Duration, Instant};

use crate::server::connection::rate_limit::RateLimiter;

#[test]
fn client_at_the_limit_never_pauses() {
    let mut now = Instant::now();
    let mut limiter = RateLimiter::new(100, now);
    for _ in 0..1000 {
        assert_eq!(limiter.consume(1, || now), None);
        now += Duration::from_millis(10);
    }
}

#[test]
fn at_most_a_tenth_of_a_second_is_saved_up() {
    let now = Instant::now();
    let mut limiter = RateLimiter::new(100, now);
    let later = now + Duration::from_secs(60);
    assert_eq!(limiter.consume(10, || later), None);
    assert_eq!(
        limiter.consume(1, || later),
        Some(Duration::from_millis(10))
    );
}

#[test]
fn long_message_is_paid_for_with_a_pause_after_it() {
    let now = Instant::now();
    let mut limiter = RateLimiter::new(100, now);
    let pause = limiter.consume(1000, || now).unwrap();
    assert_eq!(pause, Duration::from_millis(9900));
    assert_eq!(limiter.consume(0, || now + pause), None);
}

#[test]
fn zero_disables_the_limit() {
    let now = Instant::now();
    let mut limiter = RateLimiter::new(0, now);
    assert_eq!(limiter.consume(1_000_000_000, || now), None);
}
