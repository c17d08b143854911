//! The result, as text.

use std::fmt::{self, Write};

use crate::lab::delays::{Delays, short};
use crate::lab::heads::Headers;
use crate::lab::options::RunOptions;
use crate::lab::technique::{Conditions, Overhead, Technique};

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The options of the run.
    pub options: RunOptions,
    /// The input to the formulas for the theoretical costs and delays.
    pub conditions: Conditions,
    /// One row for each technique.
    pub rows: Vec<ReportRow>,
}

/// The result of one technique.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// The technique.
    pub technique: Technique,
    /// How many requests were sent. The handshake of a WebSocket counts as one.
    pub requests: u64,
    /// Bytes to the server, heads included.
    pub up: u64,
    /// Bytes from the server, heads included.
    pub down: u64,
    /// How long the lines took to arrive.
    pub delays: Delays,
    /// The bytes of one request and its response, or of the opening, without the lines.
    pub overhead: Overhead,
}

impl ReportRow {
    /// Returns the bytes per line, in both directions together.
    pub(crate) fn bytes_per_line(&self) -> f64 {
        (self.up + self.down) as f64 / self.delays.count().max(1) as f64
    }
}

impl Report {
    /// Returns the result as a table, for people.
    pub fn table(&self) -> String {
        let mut table = String::new();
        // Writing to a `String` cannot fail.
        let _ = self.write_table(&mut table);
        table
    }

    /// Writes the table, at most 80 columns wide.
    fn write_table(&self, table: &mut String) -> fmt::Result {
        writeln!(
            table,
            "{:15}{:>7}{:>15}{:>19}",
            "", "re-", "bytes a line", "delay"
        )?;
        writeln!(
            table,
            "{:15}{:>7}{:>7}{:>8}{:>9}{:>8}{:>8}{:>8}{:>10}",
            "", "quests", "", "theory", "mean", "p50", "p99", "max", "theory"
        )?;
        for row in &self.rows {
            let [p50, p99, max] =
                [50, 99, 100].map(|percent| short(row.delays.percentile(percent)));
            writeln!(
                table,
                "{:15}{:>7}{:>7.0}{:>8.0}{:>9}{p50:>8}{p99:>8}{max:>8}{:>10}",
                row.technique,
                row.requests,
                row.bytes_per_line(),
                row.technique.bytes_per_line(self.conditions, row.overhead),
                short(row.delays.mean()),
                row.technique.theory(self.conditions),
            )?;
        }
        writeln!(table, "\n{}{}", self.network(), self.legend())
    }

    /// Returns a paragraph on how much the network's delay slows down long polling, compared with WebSocket. If there
    /// is no delay, the paragraph is empty.
    fn network(&self) -> String {
        let mean = |technique| {
            let mut rows = self.rows.iter();
            let row = rows.find(|row| row.technique == technique);
            row.map_or(0.0, |row| row.delays.mean().as_secs_f64())
        };
        let delay = self.conditions.delay;
        let factor = mean(Technique::LongPolling) / mean(Technique::WebSocket);
        if delay.is_zero() {
            String::new()
        } else {
            format!(
                "A trip through the network takes {}.\n\
             With long polling a line takes {factor:.1} times as long as with WebSocket,\n\
             because it may have to wait for a request.\n\n",
                short(delay)
            )
        }
    }

    fn legend(&self) -> String {
        let Conditions { lines, line, .. } = self.conditions;
        let headers = match self.options.headers {
            Headers::Minimal => "as few headers as possible",
            Headers::Browser => "a browser's headers",
        };
        format!(
            "{lines} lines of {line:.0} bytes in {} s, at random times (seed {}).\n\
             Requests have {headers}. Bytes are counted at the sockets, in both\n\
             directions, with heads. A delay is the time from sending a line to receiving it.\n\
             In theory, polling delays a line by half the interval and one trip through the\n\
             network, long polling by one to three trips, and WebSocket by one trip\n\
             (RFC 6202, section 2.2).",
            self.options.duration, self.options.seed,
        )
    }

    /// Returns the result as comma-separated values, for programs.
    pub fn csv(&self) -> String {
        let mut csv = "technique,requests,bytes_up,bytes_down,lines,bytes_per_line,delay_mean_ms,delay_p50_ms,\
                       delay_p99_ms,delay_max_ms,theory_bytes_per_line,theory_delay_mean_ms\n"
            .to_owned();
        let milliseconds = |delay: std::time::Duration| format!("{:.3}", delay.as_secs_f64() * 1e3);
        for row in &self.rows {
            let [p50, p99, max] =
                [50, 99, 100].map(|percent| milliseconds(row.delays.percentile(percent)));
            let mean = milliseconds(row.technique.mean_delay(self.conditions));
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                csv,
                "{},{},{},{},{},{:.1},{},{p50},{p99},{max},{:.1},{mean}",
                row.technique.to_string().replace(',', ""),
                row.requests,
                row.up,
                row.down,
                row.delays.count(),
                row.bytes_per_line(),
                milliseconds(row.delays.mean()),
                row.technique.bytes_per_line(self.conditions, row.overhead),
            );
        }
        csv
    }
}
