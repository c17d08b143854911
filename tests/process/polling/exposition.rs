//! The response of `/metrics`: its format, its metrics, and the methods that it allows.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use blocking_chat::server::observe::disconnect::DisconnectReason;
use blocking_chat::server::observe::metrics::{ConnectionKind, Label, RefusalLabel, Transport};

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::{HttpClient, get};
use crate::support::metrics::Scrape;
use crate::support::process::TIMEOUT;
use crate::support::watchdog::within;

/// Also checks that the metrics are in the Prometheus text format.
#[test]
fn every_metric_exists_from_the_start() {
    within(LIMIT, || {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let chat = Chat::ours(&["--writers", "3"]);
        let metrics = Scrape::fetch(&mut HttpClient::connect(&chat));
        for technique in names::<Transport>() {
            for family in ["deliveries", "requests", "received_bytes", "sent_bytes"] {
                metrics.get(&format!("chat_{family}_total{{technique=\"{technique}\"}}"));
            }
        }
        for reason in names::<DisconnectReason>() {
            assert_eq!(
                metrics.get(&format!("chat_endings_total{{reason=\"{reason}\"}}")),
                0
            );
        }
        for reason in names::<RefusalLabel>() {
            assert_eq!(
                metrics.get(&format!("chat_refusals_total{{reason=\"{reason}\"}}")),
                0
            );
        }
        for (kind, count) in names::<ConnectionKind>().zip([1, 0]) {
            assert_eq!(
                metrics.get(&format!("chat_connections{{kind=\"{kind}\"}}")),
                count
            );
        }
        for (kind, count) in [
            ("accept", 1),
            ("hub", 1),
            ("keeper", 0),
            ("writer", 3),
            ("conn", 1),
            ("catch_up", 0),
            ("log", 1),
        ] {
            assert_eq!(
                metrics.get(&format!("chat_threads{{kind=\"{kind}\"}}")),
                count
            );
        }
        for family in [
            "stalled",
            "syncs_total",
            "bytes_total",
            "sync_seconds_total",
        ] {
            assert_eq!(metrics.get(&format!("chat_history_file_{family}")), 0);
        }
        assert_eq!(metrics.get("chat_lines_total"), 0);
        assert_eq!(metrics.get("chat_clients_behind"), 0);
        assert_eq!(metrics.get("chat_log_lines_waiting"), 0);
        assert_eq!(metrics.get("chat_log_lines_lost_total"), 0);
        let start = metrics.0["chat_start_time_seconds"];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(
            before.as_secs_f64() <= start && start <= now.as_secs_f64(),
            "{start}"
        );
    });
}

/// Returns the names of all values of a label. Checks that they are unique.
fn names<L: Label>() -> impl Iterator<Item = &'static str> {
    let names: BTreeSet<_> = L::NAMES.iter().collect();
    assert_eq!(names.len(), L::NAMES.len(), "{names:?}");
    L::NAMES.iter().copied()
}

#[test]
fn metrics_can_only_be_read() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut client = HttpClient::connect(&chat);
        client.send(get("/metrics").replace("GET", "HEAD"));
        let head = client.read_response_head(TIMEOUT);
        assert!(head.status == 200 && !head.is_last(), "{head:?}");
        let response = HttpClient::connect(&chat).post("/metrics", "x");
        assert_eq!(
            (response.status, response.field("Allow")),
            (405, Some("GET, HEAD, OPTIONS"))
        );
    });
}
