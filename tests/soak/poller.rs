//! A client that receives lines by long polls and sends its own lines by POST.

use std::time::{Duration, Instant};

use crate::numbers::Numbers;
use crate::support::chat::Endpoint;
use crate::support::http_client::HttpClient;
use crate::support::random::Random;
use crate::tally::{Tally, count};

/// The maximum number of polls on one connection. A POST may precede each poll.
const MAX_REQUESTS: usize = 50;

pub fn run(endpoint: Endpoint, number: u64, mut random: Random, tally: &Tally, end: Instant) {
    let mut numbers = Numbers::default();
    let mut next = 0;
    while Instant::now() < end {
        let mut client = HttpClient::connect(&endpoint);
        count(&tally.connections, 1);
        for _ in 0..random.below(MAX_REQUESTS) + 1 {
            if Instant::now() >= end {
                break;
            }
            if random.one_of(4) {
                let token = format!("p{number}.{next}");
                next += 1;
                let response = client.post(
                    &format!("/lines?name=p{number}"),
                    &format!("{token} posted"),
                );
                assert_eq!(response.status, 201, "{response:?}");
                let receipt = format!(" p{number}: {token} posted");
                assert!(
                    response.lines().len() == 1 && response.lines()[0].ends_with(&receipt),
                    "{response:?}"
                );
                count(&tally.lines, 1);
                tally.said.lock().unwrap().insert(token);
            }
            let since = numbers
                .since()
                .map(|since| format!("since={since}&"))
                .unwrap_or_default();
            let response = client.get(&format!("/lines?{since}wait=2"));
            numbers.resume();
            let before = numbers.count;
            for line in response.lines() {
                numbers.on_line(line);
            }
            count(&tally.lines, numbers.count - before);
            count(&tally.polls, 1);
            // During this pause, several lines are often said, so the next poll returns several at once.
            std::thread::park_timeout(random.up_to(Duration::from_millis(500)));
        }
    }
    count(&tally.gaps, numbers.gaps);
}
