//! Measures how long a line takes from one client to another.

use std::fmt;
use std::time::{Duration, Instant};

use super::chat::{ChatClient, Endpoint};

/// Two members of one room: one talks, the other listens.
pub struct LatencyProbe {
    talker: ChatClient,
    listener: ChatClient,
    sent: usize,
}

impl LatencyProbe {
    /// Connects both members, and waits until the notices of both joins have arrived.
    pub fn join(endpoint: &Endpoint) -> LatencyProbe {
        let mut talker = endpoint.member("talker");
        let listener = endpoint.member("listener");
        talker.receive_until("* listener joined");
        LatencyProbe {
            talker,
            listener,
            sent: 0,
        }
    }

    /// Measures the latency of a line. Other members may talk meanwhile.
    pub fn measure(&mut self) -> Duration {
        self.say("")
    }

    /// Measures the latency of a line that begins with this text.
    pub fn say(&mut self, beginning: &str) -> Duration {
        self.sent += 1;
        let text = format!("{beginning} mark {}", self.sent);
        let begun = Instant::now();
        self.talker.say(&text);
        self.listener.receive_until(&text);
        let delay = begun.elapsed();
        self.talker.receive_until(&text);
        delay
    }
}

/// Latencies measured under the same conditions.
#[derive(Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn add(&mut self, delay: Duration) {
        self.0.push(delay);
    }

    /// Returns the latency that `percent` percent of the lines do not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
    }

    /// Returns whether these latencies are not much longer than `others`, which were measured at the same time. The
    /// bound is generous: the machine may be busy, and a real fault adds seconds.
    pub fn are_not_worse_than(&self, others: &Latencies) -> bool {
        [50, 99].into_iter().all(|percent| {
            let (ours, theirs) = (self.percentile(percent), others.percentile(percent));
            ours <= 10 * theirs + Duration::from_millis(500)
        })
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 99].map(|percent| self.percentile(percent));
        write!(f, "p50 {half:?}, p99 {most:?} of {} lines", self.0.len())
    }
}
