use std::time::{Duration, Instant};

use crate::server::room::announcements::{Announcements, MAX_MEMBERS, MAX_NOTICES, SPAN};

#[test]
fn notice_goes_to_at_most_100_members() {
    let now = Instant::now();
    let mut announcements = Announcements::default();
    assert_eq!(MAX_MEMBERS, 100);
    assert!(announcements.allow(100, now));
    assert!(!announcements.allow(101, now));
    assert!(announcements.allow(1, now));
}

#[test]
fn at_most_20_notices_are_allowed_per_second() {
    let now = Instant::now();
    let mut announcements = Announcements::default();
    assert_eq!((MAX_NOTICES, SPAN), (20, Duration::from_secs(1)));
    assert_eq!((0..30).filter(|_| announcements.allow(2, now)).count(), 20);
    let almost = now + SPAN - Duration::from_nanos(1);
    assert!(!announcements.allow(2, almost));
    assert!(announcements.allow(2, now + SPAN));
}

#[test]
fn limit_applies_to_every_interval_of_one_second() {
    let start = Instant::now();
    let mut announcements = Announcements::default();
    let at = |ms: u64| start + Duration::from_millis(ms);
    assert!((0..10).all(|_| announcements.allow(2, at(0))));
    assert!((0..10).all(|_| announcements.allow(2, at(900))));
    assert!(!announcements.allow(2, at(999)));
    assert_eq!(
        (0..30).filter(|_| announcements.allow(2, at(1000))).count(),
        10
    );
    assert!(!announcements.allow(2, at(1899)));
    assert_eq!(
        (0..30).filter(|_| announcements.allow(2, at(1900))).count(),
        10
    );
}

#[test]
fn suppressed_notices_do_not_count() {
    let now = Instant::now();
    let mut announcements = Announcements::default();
    assert!((0..1000).all(|_| !announcements.allow(101, now)));
    assert_eq!(
        (0..30).filter(|_| announcements.allow(100, now)).count(),
        20
    );
}
