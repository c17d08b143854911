//! Collects the events of all threads.

use std::io;
use std::time::Instant;

use crossbeam_channel::Receiver;

use crate::lab::delays::Delays;
use crate::lab::options::Plan;
use crate::lab::report::{Report, ReportRow};
use crate::lab::run_context::{Event, Tally};
use crate::lab::technique::{ALL, Conditions};
use crate::lab::websocket::WsMember;

/// The events that the threads have sent so far.
#[derive(Debug)]
pub(crate) struct Collected {
    /// When each line was said. `None` until the speaker reports it.
    said: Vec<Option<Instant>>,
    /// The results of each listener, in the order of [`ALL`], and then those of the speaker.
    parts: Vec<PartialResult>,
}

#[derive(Debug, Default)]
struct PartialResult {
    /// The indexes of the lines that arrived, and when.
    heard: Vec<(usize, Instant)>,
    tally: Option<Tally>,
}

impl Collected {
    /// Waits until all threads are done. Calls `progress` with two numbers: how many lines the listeners have received so
    /// far, and how many they will receive in all.
    ///
    /// # Errors
    /// Returns the first error of any thread. Each thread has a deadline, so the wait ends.
    pub(crate) fn wait_for(
        inbox: &Receiver<Event>,
        lines: usize,
        mut progress: impl FnMut(u64, u64),
    ) -> io::Result<Collected> {
        let mut collected = Collected {
            said: vec![None; lines],
            parts: (0..=ALL.len()).map(|_| PartialResult::default()).collect(),
        };
        let (mut heard, all) = (0, (lines * ALL.len()) as u64);
        progress(heard, all);
        while collected.parts.iter().any(|part| part.tally.is_none()) {
            match inbox.recv() {
                Ok(Event::Said { line, at }) => {
                    collected.said.get_mut(line).map(|said| said.replace(at));
                }
                Ok(Event::Heard { listener, line, at }) => {
                    collected.part(listener)?.heard.push((line, at));
                    heard += 1;
                    progress(heard, all);
                }
                Ok(Event::Done { thread, tally }) => collected.part(thread)?.tally = Some(tally?),
                Err(_) => return Err(io::Error::other("a thread has panicked, which is a bug")),
            }
        }
        Ok(collected)
    }

    fn part(&mut self, number: usize) -> io::Result<&mut PartialResult> {
        let part = self.parts.get_mut(number);
        part.ok_or_else(|| io::Error::other("no thread has this number, which is a bug"))
    }

    /// Returns the report, and the members that are still in the room.
    pub(crate) fn report(self, plan: &Plan) -> (Report, Vec<WsMember>) {
        let lines = self.said.len();
        let mut members = Vec::new();
        let mut text = 0;
        let mut rows = Vec::new();
        for (number, part) in self.parts.into_iter().enumerate() {
            let mut tally = part.tally.unwrap_or_default();
            members.extend(tally.member.take());
            let Some(technique) = ALL.get(number) else {
                continue;
            };
            let delays = part.heard.iter().filter_map(|(line, heard)| {
                let said = self.said.get(*line).copied().flatten()?;
                Some(heard.saturating_duration_since(said))
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
            rate: lines as f64 / plan.duration.get().as_secs_f64(),
            lines,
            line: text as f64 / (lines * rows.len()).max(1) as f64,
            delay: plan.delay,
        };
        let report = Report {
            plan: plan.clone(),
            conditions,
            rows,
        };
        (report, members)
    }
}
