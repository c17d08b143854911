use std::time::{Duration, Instant};

use crate::server::room::notice_limiter::{MAX_MEMBERS, MAX_NOTICES, NoticeLimiter, SPAN};

#[test]
fn notice_goes_to_at_most_100_members() {
    let now = Instant::now();
    let mut limiter = NoticeLimiter::default();
    assert_eq!(MAX_MEMBERS, 100);
    assert!(limiter.allow(100, now));
    assert!(!limiter.allow(101, now));
    assert!(limiter.allow(1, now));
}

#[test]
fn at_most_20_notices_are_allowed_per_second() {
    let now = Instant::now();
    let mut limiter = NoticeLimiter::default();
    assert_eq!((MAX_NOTICES, SPAN), (20, Duration::from_secs(1)));
    assert_eq!((0..30).filter(|_| limiter.allow(2, now)).count(), 20);
    let almost = now + SPAN - Duration::from_nanos(1);
    assert!(!limiter.allow(2, almost));
    assert!(limiter.allow(2, now + SPAN));
}

#[test]
fn limit_applies_to_every_interval_of_one_second() {
    let start = Instant::now();
    let mut limiter = NoticeLimiter::default();
    let at = |ms: u64| start + Duration::from_millis(ms);
    assert!((0..10).all(|_| limiter.allow(2, at(0))));
    assert!((0..10).all(|_| limiter.allow(2, at(900))));
    assert!(!limiter.allow(2, at(999)));
    assert_eq!((0..30).filter(|_| limiter.allow(2, at(1000))).count(), 10);
    assert!(!limiter.allow(2, at(1899)));
    assert_eq!((0..30).filter(|_| limiter.allow(2, at(1900))).count(), 10);
}

#[test]
fn suppressed_notices_do_not_count() {
    let now = Instant::now();
    let mut limiter = NoticeLimiter::default();
    assert!((0..1000).all(|_| !limiter.allow(101, now)));
    assert_eq!((0..30).filter(|_| limiter.allow(100, now)).count(), 20);
}
