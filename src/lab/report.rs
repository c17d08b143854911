//! What was measured, as text.

use std::fmt::{self, Write};

use crate::lab::delays::{Delays, short};
use crate::lab::heads::Headers;
use crate::lab::options::Plan;
use crate::lab::transport::{Conditions, Overhead, Transport};

/// All that a run came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was to be measured.
    pub plan: Plan,
    /// What was said.
    pub conditions: Conditions,
    /// One row for each technique.
    pub rows: Vec<Row>,
}

/// What one technique came to.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which one.
    pub technique: Transport,
    /// How many requests were made; the handshake of a WebSocket is one.
    pub requests: u64,
    /// Bytes to the server, heads included.
    pub up: u64,
    /// Bytes from the server, heads included.
    pub down: u64,
    /// How long the lines took.
    pub delays: Delays,
    /// What the exchanges were besides lines.
    pub overhead: Overhead,
}

impl Row {
    /// Bytes both ways for each line.
    pub fn bytes_per_line(&self) -> f64 {
        (self.up + self.down) as f64 / self.delays.count().max(1) as f64
    }
}

impl Report {
    /// The table, for people.
    pub fn table(&self) -> String {
        let mut table = String::new();
        // Writing to a `String` cannot fail, so there is no error to hand on.
        let _ = self.write_table(&mut table);
        table
    }

    fn write_table(&self, table: &mut String) -> fmt::Result {
        writeln!(
            table,
            "{:<18}{:>7}{:>9}{:>8}{:>9}{:>10}{:>9}{:>9}    in theory",
            "", "re-", "bytes", "bytes", "bytes", "delay", "delay", "delay"
        )?;
        writeln!(
            table,
            "{:<18}{:>7}{:>9}{:>8}{:>9}{:>10}{:>9}{:>9}{:>8}, mean delay",
            "", "quests", "up", "down", "a line", "p50", "p99", "max", "bytes"
        )?;
        for row in &self.rows {
            let [p50, p99, max] =
                [50, 99, 100].map(|percent| short(row.delays.percentile(percent)));
            writeln!(
                table,
                "{:<18}{:>7}{:>9}{:>8}{:>9.0}{p50:>10}{p99:>9}{max:>9}{:>8.0}, {}",
                row.technique,
                row.requests,
                row.up,
                row.down,
                row.bytes_per_line(),
                row.technique.bytes_per_line(self.conditions, row.overhead),
                row.technique.delay(),
            )?;
        }
        writeln!(table, "\n{}", self.legend())
    }

    fn legend(&self) -> String {
        let Conditions { lines, line, .. } = self.conditions;
        let headers = match self.plan.headers {
            Headers::Minimal => "as few headers as possible",
            Headers::Browser => "a browser's headers",
        };
        format!(
            "{lines} lines of {line:.0} bytes in {} s, at random times (seed {}). Requests have {headers}. Bytes are counted at\n\
             the sockets, heads included; a delay is from saying a line to hearing it. In theory: half the interval for\n\
             polling, RFC 6202 for long polling, and for WebSocket a frame header of {} bytes (2 to 14: RFC 6455, 5.2)\n\
             beside its share of the handshake.",
            self.plan.duration,
            self.plan.seed,
            crate::lab::transport::frame_header(line as u64, false),
        )
    }

    /// The same for programs. What theory leaves to the network is empty.
    pub fn csv(&self) -> String {
        let mut csv = "technique,requests,bytes_up,bytes_down,lines,bytes_per_line,delay_mean_ms,delay_p50_ms,\
                       delay_p99_ms,delay_max_ms,theory_bytes_per_line,theory_delay_mean_ms\n"
            .to_owned();
        let milliseconds = |delay: std::time::Duration| format!("{:.3}", delay.as_secs_f64() * 1e3);
        for row in &self.rows {
            let [p50, p99, max] =
                [50, 99, 100].map(|percent| milliseconds(row.delays.percentile(percent)));
            let mean = row.technique.mean_delay().map(milliseconds);
            // Writing to a `String` cannot fail, so there is no error to hand on.
            let _ = writeln!(
                csv,
                "{},{},{},{},{},{:.1},{},{p50},{p99},{max},{:.1},{}",
                row.technique.to_string().replace(',', ""),
                row.requests,
                row.up,
                row.down,
                row.delays.count(),
                row.bytes_per_line(),
                milliseconds(row.delays.mean()),
                row.technique.bytes_per_line(self.conditions, row.overhead),
                mean.unwrap_or_default(),
            );
        }
        csv
    }
}
