//! Random numbers, percentiles and theory.

use std::time::Duration;

use blocking_chat::lab::delays::{Delays, short};
use blocking_chat::lab::random::{SplitMix64, poisson};
use blocking_chat::lab::technique::{Conditions, Overhead, Technique, frame_header};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn seed_gives_the_published_random_numbers() {
    // These are the first numbers of the reference implementation for the seed 1234567.
    let mut random = SplitMix64::new(1_234_567);
    let numbers = [random.bits(), random.bits(), random.bits()];
    assert_eq!(
        numbers,
        [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423
        ]
    );
}

#[test]
fn seed_determines_the_times() {
    assert_eq!(poisson(7, 4.0, MINUTE), poisson(7, 4.0, MINUTE));
    assert_ne!(poisson(7, 4.0, MINUTE), poisson(8, 4.0, MINUTE));
}

#[test]
fn schedule_has_the_requested_rate_and_duration() {
    let times = poisson(1, 100.0, 10 * MINUTE);
    assert!(times.is_sorted());
    assert!(times.iter().all(|time| *time < 10 * MINUTE));
    // 60,000 lines are expected, with a standard deviation of 245.
    assert!((59_000..61_000).contains(&times.len()), "{}", times.len());
}

#[test]
fn intervals_between_lines_are_exponential() {
    let times = poisson(1, 100.0, 10 * MINUTE);
    let gaps: Vec<f64> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64())
        .collect();
    let longer = |than: f64| gaps.iter().filter(|gap| **gap > than).count() as f64;
    // One interval in e is longer than the mean, and one in e³ is longer than three times the mean.
    for factor in [1.0, 3.0] {
        let share = longer(factor * 0.01) / gaps.len() as f64;
        assert!((share / f64::exp(-factor) - 1.0).abs() < 0.1, "{share}");
    }
}

#[test]
fn shortest_schedule_has_one_line() {
    assert_eq!(
        poisson(1, 0.01, Duration::from_millis(100)),
        [Duration::ZERO]
    );
}

#[test]
fn each_percentile_is_one_of_the_measured_delays() {
    let hundred = Delays::new((1..=100).rev().map(Duration::from_millis).collect());
    let of = |percent| hundred.percentile(percent).as_millis();
    assert_eq!([of(0), of(1), of(50), of(99), of(100)], [1, 1, 50, 99, 100]);
    assert_eq!(hundred.mean(), Duration::from_micros(50_500));
    let three = Delays::new([30, 10, 20].map(Duration::from_millis).to_vec());
    assert_eq!(three.percentile(50).as_millis(), 20);
    assert_eq!(three.percentile(99).as_millis(), 30);
    assert_eq!(Delays::default().percentile(50), Duration::ZERO);
    assert_eq!(Delays::default().mean(), Duration::ZERO);
}

#[test]
fn delays_are_rounded_and_have_a_unit() {
    let texts = [94, 9_994, 9_996, 52_400, 999_600, 2_412_000].map(Duration::from_micros);
    assert_eq!(
        texts.map(short),
        ["0.09 ms", "9.99 ms", "10 ms", "52 ms", "1.00 s", "2.41 s"]
    );
}

#[test]
fn frame_header_is_2_to_14_bytes_long() {
    let lengths = [0, 125, 126, 65_535, 65_536, u64::MAX];
    assert_eq!(
        lengths.map(|length| frame_header(length, false)),
        [2, 2, 4, 4, 10, 10]
    );
    assert_eq!(
        lengths.map(|length| frame_header(length, true)),
        [6, 6, 8, 8, 14, 14]
    );
}

fn conditions(delay: Duration) -> Conditions {
    Conditions {
        rate: 4.0,
        lines: 100,
        line: 50.0,
        delay,
    }
}

#[test]
fn theory_counts_the_requests_per_line() {
    let conditions = conditions(Duration::ZERO);
    let overhead = Overhead {
        exchange: 800,
        opening: 700,
    };
    let bytes = |technique: Technique| technique.bytes_per_line(conditions, overhead);
    // With an interval of 5 s, a poll returns 20 lines. With 100 ms, there are 2.5 polls for each line.
    assert_eq!(
        bytes(Technique::Polling(Duration::from_secs(5))),
        40.0 + 51.0
    );
    assert_eq!(
        bytes(Technique::Polling(Duration::from_millis(100))),
        2000.0 + 51.0
    );
    assert_eq!(bytes(Technique::LongPolling), 851.0);
    assert_eq!(bytes(Technique::WebSocket), 7.0 + 2.0 + 50.0);
}

#[test]
fn polled_line_waits_half_the_interval_in_theory() {
    let near = conditions(Duration::ZERO);
    let polling = Technique::Polling(Duration::from_secs(5));
    assert_eq!(polling.mean_delay(near), Duration::from_millis(2500));
    assert_eq!(polling.theory(near), "2.50 s");
    assert_eq!(Technique::LongPolling.theory(near), "1-3 trips");
    assert_eq!(Technique::WebSocket.theory(near), "1 trip");
}

#[test]
fn theoretical_delay_includes_the_delay_of_the_network() {
    let delay = Duration::from_millis(50);
    let mean = |rate| {
        let conditions = Conditions {
            rate,
            ..conditions(delay)
        };
        Technique::LongPolling.mean_delay(conditions)
    };
    // At a low rate, nearly every line finds a waiting request. At a high rate, nearly every line waits for the next
    // request. That wait is half a round trip on average.
    assert_eq!(mean(0.01).as_millis(), 50);
    assert_eq!(mean(4.0).as_millis(), 68);
    assert_eq!(mean(6.0).as_millis(), 76);
    assert_eq!(mean(1000.0).as_millis(), 100);
    assert_eq!(Technique::WebSocket.mean_delay(conditions(delay)), delay);
    // A poll takes a round trip of 100 ms. That is too long for a poll every 100 ms, so every other poll is skipped.
    let polling = Technique::Polling(Duration::from_millis(100));
    assert_eq!(
        polling.mean_delay(conditions(delay)),
        Duration::from_millis(150)
    );
}
