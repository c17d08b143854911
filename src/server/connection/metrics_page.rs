//! The metrics in the Prometheus text format (version 0.0.4). Each has a HELP line, a TYPE line, and its numbers.

use std::fmt::{Display, Write as _};
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use crate::server::cluster::status::ClusterStatus;
use crate::server::connection::context::Context;
use crate::server::http::response::Response;
use crate::server::observe::history_counters::HistoryCounters;
use crate::server::observe::metrics::Metrics;

/// The content type that tells a scraper the format and its version.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Returns all metrics as they are now.
///
/// Other threads keep counting meanwhile, so the numbers are not a snapshot of one instant.
pub(crate) fn respond(context: &Context) -> Response {
    let mut page = Page::default();
    add_gauges(context, &mut page);
    add_counters(&context.metrics, &mut page);
    if let Some(status) = &context.cluster {
        add_cluster(status, &mut page);
    }
    Response::new(200, FORMAT, page.text)
}

fn add_gauges(context: &Context, page: &mut Page) {
    let metrics = &context.metrics;
    let start = metrics.start.duration_since(SystemTime::UNIX_EPOCH);
    let start = start.map_or(0.0, |since| since.as_secs_f64());
    page.gauge(
        "chat_start_time_seconds",
        "When the server started, in seconds since 1970.",
    );
    page.number(start);
    page.gauge("chat_connections", "Connections that are open now.");
    page.numbers("kind", metrics.connections.iter());
    page.gauge("chat_threads", "Threads that the server has now.");
    page.numbers("kind", threads(context));
    page.gauge(
        "chat_log_lines_waiting",
        "Lines of the log that wait for stderr.",
    );
    page.number(context.log.waiting());
    page.counter(
        "chat_log_lines_lost_total",
        "Lines of the log that were lost because too many waited.",
    );
    page.number(context.log.lost());
    page.gauge(
        "chat_history_file_stalled",
        "1 while the room waits because the disk fails or is slow, else 0.",
    );
    page.number(u8::from(metrics.history_file.is_stalled()));
    page.gauge("chat_clients_behind", "Clients whose socket is full now.");
    page.number(metrics.behind.taken());
}

fn add_counters(metrics: &Metrics, page: &mut Page) {
    page.counter(
        "chat_lines_total",
        "Lines and notices that the room has numbered.",
    );
    page.number(metrics.newest_number.load(Ordering::Relaxed));
    add_history_file(&metrics.history_file, page);
    page.counter(
        "chat_deliveries_total",
        "Numbered lines written to clients, each counted once for each client.",
    );
    page.numbers("technique", metrics.deliveries.iter());
    page.counter("chat_requests_total", "Requests whose head was complete.");
    page.numbers("technique", metrics.requests.iter());
    page.counter(
        "chat_received_bytes_total",
        "Bytes read from clients, including heads and frame headers.",
    );
    page.numbers("technique", metrics.received.iter());
    page.counter(
        "chat_sent_bytes_total",
        "Bytes written to clients, including heads and frame headers.",
    );
    page.numbers("technique", metrics.sent.iter());
    page.counter("chat_endings_total", "Connections that have ended.");
    page.numbers("reason", metrics.disconnects.iter());
    page.counter(
        "chat_refusals_total",
        "Requests and connections that were not served.",
    );
    page.numbers("reason", metrics.refusals.iter());
}

fn add_cluster(status: &ClusterStatus, page: &mut Page) {
    page.gauge(
        "chat_redis_connected",
        "Whether Redis answers: 1 if it does, 0 if lines wait for it.",
    );
    page.number(u8::from(status.is_connected()));
    page.counter(
        "chat_redis_entries_total",
        "Entries of the log in Redis that this server has written or read.",
    );
    let entries = [("written", &status.written), ("read", &status.read)];
    page.numbers(
        "direction",
        entries.map(|(direction, count)| (direction, count.load(Ordering::Relaxed))),
    );
    page.counter(
        "chat_redis_restarts_total",
        "How many times this server has rejoined the room.",
    );
    page.number(status.restarts.load(Ordering::Relaxed));
}

fn add_history_file(history_file: &HistoryCounters, page: &mut Page) {
    page.counter(
        "chat_history_file_syncs_total",
        "How many times the keeper has synced lines to the disk.",
    );
    page.number(history_file.syncs());
    page.counter(
        "chat_history_file_bytes_total",
        "Bytes of lines that the keeper has synced to the disk.",
    );
    page.number(history_file.bytes());
    page.counter(
        "chat_history_file_sync_seconds_total",
        "How long the syncs of the keeper took, in seconds.",
    );
    page.number(history_file.sync_time().as_secs_f64());
}

/// Returns the number of threads of each kind, except `main`, `ctrl-c`, and the threads of `--redis` and `--show-wire`.
/// Each registered connection has a thread. Each taken permit belongs to a catch-up thread or to a slow response.
fn threads(context: &Context) -> [(&'static str, u64); 7] {
    let Metrics {
        behind,
        slow_responses,
        ..
    } = &*context.metrics;
    let catch_ups = behind.taken().saturating_sub(slow_responses.taken());
    [
        ("accept", 1),
        ("hub", 1),
        ("keeper", usize::from(context.config.history_file.is_some())),
        ("writer", context.config.writers),
        ("conn", context.registry.count()),
        ("catch_up", catch_ups),
        ("log", 1),
    ]
    .map(|(kind, count)| (kind, count as u64))
}

/// The page so far. No label here contains a character that must be escaped.
#[derive(Default)]
struct Page {
    text: String,
    /// The name of the metric that the next numbers belong to.
    metric: &'static str,
}

impl Page {
    fn gauge(&mut self, name: &'static str, help: &str) {
        self.describe(name, "gauge", help);
    }

    fn counter(&mut self, name: &'static str, help: &str) {
        self.describe(name, "counter", help);
    }

    fn describe(&mut self, name: &'static str, kind: &str, help: &str) {
        self.metric = name;
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn number(&mut self, number: impl Display) {
        let _ = writeln!(self.text, "{} {number}", self.metric);
    }

    fn numbers(&mut self, label: &str, numbers: impl IntoIterator<Item = (&'static str, u64)>) {
        for (value, number) in numbers {
            let _ = writeln!(self.text, "{}{{{label}=\"{value}\"}} {number}", self.metric);
        }
    }
}
