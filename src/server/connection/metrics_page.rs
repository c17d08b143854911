//! The counters as text, in the format of Prometheus (version 0.0.4): for each a line with HELP, one with TYPE, and its
//! numbers.

use std::fmt::{Display, Write as _};
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use crate::server::connection::context::Context;
use crate::server::http::response::Response;
use crate::server::observe::metrics::Metrics;

/// The format and its version, by which a scraper knows it.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What was counted until now.
///
/// The counters are read one after the other while others go on counting, so they are not from one and the same moment.
pub fn answer(context: &Context) -> Response {
    let mut page = Page::default();
    what_there_is(context, &mut page);
    what_has_happened(&context.metrics, &mut page);
    Response::new(200, FORMAT, page.0)
}

fn what_there_is(context: &Context, page: &mut Page) {
    let metrics = &context.metrics;
    let start = metrics.start.duration_since(SystemTime::UNIX_EPOCH);
    let start = start.map_or(0.0, |since| since.as_secs_f64());
    page.gauge(
        "chat_start_time_seconds",
        "When the server started, in seconds since 1970.",
    );
    page.number(start);
    page.gauge("chat_connections", "Connections that are open now.");
    page.numbers("kind", metrics.connections.all());
    page.gauge("chat_threads", "Threads of the server that there are now.");
    page.numbers("kind", threads(context));
    page.gauge(
        "chat_log_lines_waiting",
        "Lines of the log that wait for whoever reads stderr.",
    );
    page.number(context.log.waiting());
    page.counter(
        "chat_log_lines_lost_total",
        "Lines of the log that were lost because too many waited.",
    );
    page.number(context.log.lost());
    page.gauge("chat_clients_behind", "Clients whose socket is full now.");
    page.number(metrics.behind.taken());
}

fn what_has_happened(metrics: &Metrics, page: &mut Page) {
    page.counter(
        "chat_lines_total",
        "Lines and notices that the room has numbered.",
    );
    page.number(metrics.lines.load(Ordering::Relaxed));
    page.counter(
        "chat_deliveries_total",
        "Numbered lines that were written to a client, once for each client.",
    );
    page.numbers("technique", metrics.deliveries.all());
    page.counter(
        "chat_requests_total",
        "RequestReader whose head came in full.",
    );
    page.numbers("technique", metrics.requests.all());
    page.counter(
        "chat_received_bytes_total",
        "Bytes read from clients, heads and frame headers included.",
    );
    page.numbers("technique", metrics.received.all());
    page.counter(
        "chat_sent_bytes_total",
        "Bytes written to clients, heads and frame headers included.",
    );
    page.numbers("technique", metrics.sent.all());
    page.counter("chat_endings_total", "Connections that have ended.");
    page.numbers("reason", metrics.endings.all());
    page.counter(
        "chat_refusals_total",
        "RequestReader and connections that were not served.",
    );
    page.numbers("reason", metrics.refusals.all());
}

/// How many threads there are of each kind. Nothing is counted for this: there is something for each of them.
fn threads(context: &Context) -> [(&'static str, u64); 6] {
    let Metrics {
        behind,
        late_answers,
        ..
    } = &*context.metrics;
    let catch_ups = behind.taken().saturating_sub(late_answers.taken());
    [
        ("accept", 1),
        ("hub", 1),
        ("writer", context.config.writers),
        ("conn", context.registry.count()),
        ("catch_up", catch_ups),
        ("log", 1),
    ]
    .map(|(kind, count)| (kind, count as u64))
}

/// The text so far, and the name of what its next numbers are of. No label here has a character that has to be escaped.
#[derive(Default)]
struct Page(String, &'static str);

impl Page {
    fn gauge(&mut self, name: &'static str, help: &str) {
        self.describe(name, "gauge", help);
    }

    fn counter(&mut self, name: &'static str, help: &str) {
        self.describe(name, "counter", help);
    }

    fn describe(&mut self, name: &'static str, kind: &str, help: &str) {
        self.1 = name;
        // Writing to a `String` cannot fail, so there is no error to hand on, here and below.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn number(&mut self, number: impl Display) {
        let _ = writeln!(self.0, "{} {number}", self.1);
    }

    fn numbers(&mut self, label: &str, numbers: impl IntoIterator<Item = (&'static str, u64)>) {
        for (value, number) in numbers {
            let _ = writeln!(self.0, "{}{{{label}=\"{value}\"}} {number}", self.1);
        }
    }
}
