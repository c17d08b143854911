//! Collects the events of all threads.

use std::io;
use std::time::Instant;

use crossbeam_channel::Receiver;

use crate::lab::delays::Delays;
use crate::lab::options::RunOptions;
use crate::lab::report::{Report, ReportRow};
use crate::lab::run_context::{RunEvent, Tally};
use crate::lab::technique::{Conditions, TECHNIQUES};
use crate::lab::websocket::WsMember;

/// The events that the threads have sent so far.
#[derive(Debug)]
pub(crate) struct Collected {
    /// When each line was sent. `None` until the speaker reports it.
    sent: Vec<Option<Instant>>,
    /// The results of each listener, in the order of [`TECHNIQUES`], and then those of the speaker.
    results: Vec<ThreadResult>,
}

#[derive(Debug, Default)]
struct ThreadResult {
    /// The index and the arrival time of each line that arrived.
    received: Vec<(usize, Instant)>,
    tally: Option<Tally>,
}

impl Collected {
    /// Waits until all threads are done. Calls `progress` with two numbers: how many lines the listeners have received
    /// so far, and how many they will receive in all.
    ///
    /// # Errors
    /// Fails with the first error of any thread, or if a thread panics. Each thread has a deadline, so the wait ends.
    pub(crate) fn wait_for(
        inbox: &Receiver<RunEvent>,
        lines: usize,
        mut progress: impl FnMut(u64, u64),
    ) -> io::Result<Collected> {
        let mut collected = Collected {
            sent: vec![None; lines],
            results: (0..=TECHNIQUES.len())
                .map(|_| ThreadResult::default())
                .collect(),
        };
        let (mut received, all) = (0, (lines * TECHNIQUES.len()) as u64);
        progress(received, all);
        while collected
            .results
            .iter()
            .any(|result| result.tally.is_none())
        {
            match inbox.recv() {
                Ok(RunEvent::Sent { line, at }) => {
                    collected.sent.get_mut(line).map(|sent| sent.replace(at));
                }
                Ok(RunEvent::Received { listener, line, at }) => {
                    collected.result_of(listener)?.received.push((line, at));
                    received += 1;
                    progress(received, all);
                }
                Ok(RunEvent::Done { thread, tally }) => {
                    collected.result_of(thread)?.tally = Some(tally?)
                }
                Err(_) => return Err(io::Error::other("a thread has panicked, which is a bug")),
            }
        }
        Ok(collected)
    }

    fn result_of(&mut self, number: usize) -> io::Result<&mut ThreadResult> {
        let result = self.results.get_mut(number);
        result.ok_or_else(|| io::Error::other("no thread has this number, which is a bug"))
    }

    /// Returns the report, and the members that are still in the room.
    pub(crate) fn report(self, options: &RunOptions) -> (Report, Vec<WsMember>) {
        let lines = self.sent.len();
        let mut members = Vec::new();
        let mut text = 0;
        let mut rows = Vec::new();
        for (number, result) in self.results.into_iter().enumerate() {
            let mut tally = result.tally.unwrap_or_default();
            members.extend(tally.member.take());
            let Some(technique) = TECHNIQUES.get(number) else {
                continue;
            };
            let delays = result.received.iter().filter_map(|(line, received)| {
                let sent = self.sent.get(*line).copied().flatten()?;
                Some(received.saturating_duration_since(sent))
            });
            text += tally.text;
            rows.push(ReportRow {
                technique: *technique,
                requests: tally.requests,
                up: tally.up,
                down: tally.down,
                delays: Delays::new(delays.collect()),
                overhead: tally.overhead,
            });
        }
        let conditions = Conditions {
            rate: lines as f64 / options.duration.get().as_secs_f64(),
            lines,
            line: text as f64 / (lines * rows.len()).max(1) as f64,
            delay: options.delay,
        };
        let report = Report {
            options: options.clone(),
            conditions,
            rows,
        };
        (report, members)
    }
}
