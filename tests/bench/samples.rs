//! Repeated measurements, and how busy other programs keep the machine.

use std::fmt;
use std::fs;
use std::thread;
use std::time::Duration;

/// How long each measurement of the machine's load takes.
const LOAD_SAMPLE: Duration = Duration::from_millis(500);

/// The results of repeated measurements, in ascending order.
#[derive(Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds the result of one measurement.
    pub fn add(&mut self, sample: f64) {
        self.0.push(sample);
        self.0.sort_by(f64::total_cmp);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns this percentile of the results, or 0 if there are none.
    pub fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(index).copied().unwrap_or(0.0)
    }

    /// Returns the median of the results, or 0 if there are none.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(0.0)
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Samples {
        let mut samples = Vec::from_iter(samples);
        samples.sort_by(f64::total_cmp);
        Samples(samples)
    }
}

impl fmt::Display for Samples {
    /// Writes the minimum, the median, and the range (maximum minus minimum) as a percentage of the median. Writes
    /// dashes if there are no results.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(min), Some(max)) = (self.0.first(), self.0.last()) else {
            return write!(f, "{:>8}{:>8}{:>6}", "–", "–", "–");
        };
        let median = self.median();
        let digits = if median > 0.0 && median < 0.1 { 4 } else { 2 };
        let spread = match median > 0.0 {
            true => 100.0 * (max - min) / median,
            false => 0.0,
        };
        write!(f, "{min:>8.digits$}{median:>8.digits$}{spread:>4.0} %")
    }
}

/// Returns the load from other programs, as a percentage of all cores. Measures for [`LOAD_SAMPLE`], while the
/// benchmark itself is idle.
pub fn load_of_others() -> f64 {
    let (busy_before, all_before) = ticks();
    thread::sleep(LOAD_SAMPLE);
    let (busy, all) = ticks();
    100.0 * (busy - busy_before) as f64 / (all - all_before).max(1) as f64
}

/// Returns the clock ticks of all cores together since the machine started: first the busy ticks, then all ticks.
fn ticks() -> (u64, u64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let cpu = stat.lines().next().unwrap_or_default();
    // The columns: user, nice, system, idle, iowait, irq, softirq, steal.
    let ticks: Vec<u64> = cpu
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|ticks| ticks.parse().ok())
        .collect();
    let all: u64 = ticks.iter().sum();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    (all - idle, all)
}
