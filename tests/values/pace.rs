//! How fast a connection may talk, with a clock that is made up.

use std::time::{Duration, Instant};

use blocking_chat::base::line::Lines;
use blocking_chat::server::connection::cost;
use blocking_chat::server::connection::rate_limit::RateLimiter;

#[test]
fn whoever_keeps_below_the_limit_never_pauses() {
    let mut now = Instant::now();
    let mut pace = RateLimiter::new(100, now);
    for _ in 0..1000 {
        assert_eq!(pace.consume(1, now), None);
        now += Duration::from_millis(10);
    }
}

#[test]
fn a_tenth_of_a_second_may_be_saved_up_and_no_more() {
    let now = Instant::now();
    let mut pace = RateLimiter::new(100, now);
    let later = now + Duration::from_secs(60);
    assert_eq!(pace.consume(10, later), None);
    assert_eq!(pace.consume(1, later), Some(Duration::from_millis(10)));
}

#[test]
fn a_message_of_many_lines_is_paid_for_afterwards() {
    let now = Instant::now();
    let mut pace = RateLimiter::new(100, now);
    let pause = pace.consume(1000, now).unwrap();
    assert_eq!(pause, Duration::from_millis(9900));
    assert_eq!(pace.consume(0, now + pause), None);
}

#[test]
fn zero_is_no_limit() {
    let now = Instant::now();
    let mut pace = RateLimiter::new(0, now);
    assert_eq!(pace.consume(1_000_000_000, now), None);
}

#[test]
fn a_line_costs_one_and_a_command_what_its_answer_takes() {
    let cost = |message: &str| cost::of_lines(&Lines::parse(message).unwrap());
    assert_eq!(cost("hello"), 1);
    assert_eq!(cost("one\ntwo\n\nthree"), 3);
    assert_eq!(cost("//who"), 1);
    assert_eq!(cost("/who"), cost::WHO);
    assert_eq!(cost("/nick anna"), cost::NICK);
    assert_eq!(cost("/help\n/nonsense\n/"), 3 * cost::ANSWER);
    assert_eq!(cost("one\n/who\ntwo"), cost::WHO + 2);
    // Only the first sixteen are obeyed.
    assert_eq!(cost(&"/who\n".repeat(1000)), 16 * cost::WHO + 984);
}
