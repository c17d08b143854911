//! The table, the CSV and the picture of a made-up report.

use std::time::Duration;

use blocking_chat::lab::delays::Delays;
use blocking_chat::lab::heads::Headers;
use blocking_chat::lab::picture;
use blocking_chat::lab::report::ReportRow;
use blocking_chat::lab::technique::{Conditions, Overhead, TECHNIQUES};
use blocking_chat::lab::{Report, RunOptions};
use blocking_chat::server::Seconds;

fn report() -> Report {
    let options = RunOptions {
        duration: Seconds::new(30),
        rate: 4.0,
        seed: 1,
        headers: Headers::Browser,
        delay: Duration::ZERO,
    };
    let conditions = Conditions {
        rate: 4.0,
        lines: 120,
        line: 60.0,
        delay: Duration::ZERO,
    };
    let rows = TECHNIQUES
        .into_iter()
        .zip(1..)
        .map(|(technique, number)| ReportRow {
            technique,
            requests: number,
            up: 1200,
            down: 12_000 * number,
            delays: Delays::new(vec![Duration::from_millis(10 * number); 120]),
            overhead: Overhead {
                exchange: 800,
                opening: 600,
            },
        });
    Report {
        options,
        conditions,
        rows: rows.collect(),
    }
}

#[test]
fn table_shows_theory_beside_measurements() {
    let table = report().table();
    let row = |name: &str| {
        let row = table.lines().find(|line| line.starts_with(name));
        row.unwrap()
            .trim_start_matches(name)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        row("polling, 5 s"),
        "1 110 101 10 ms 10 ms 10 ms 10 ms 2.50 s"
    );
    assert_eq!(
        row("polling, 100 ms"),
        "3 310 2061 30 ms 30 ms 30 ms 30 ms 50 ms"
    );
    assert_eq!(
        row("long polling"),
        "4 410 861 40 ms 40 ms 40 ms 40 ms 1-3 trips"
    );
    assert_eq!(row("WebSocket"), "5 510 67 50 ms 50 ms 50 ms 50 ms 1 trip");
    assert!(
        table.contains("120 lines of 60 bytes in 30 s, at random times (seed 1)"),
        "{table}"
    );
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
}

#[test]
fn table_shows_what_network_delay_costs_long_polling() {
    let mut report = report();
    report.conditions.delay = Duration::from_millis(50);
    report.rows[3].delays = Delays::new(vec![Duration::from_millis(75)]);
    let table = report.table();
    assert!(
        table.contains("A trip through the network takes 50 ms"),
        "{table}"
    );
    assert!(
        table.contains("long polling a line takes 1.5 times"),
        "{table}"
    );
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
}

#[test]
fn every_row_of_the_csv_has_the_same_number_of_fields() {
    let csv = report().csv();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + TECHNIQUES.len());
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{csv}");
    assert_eq!(
        rows[1].join(","),
        "polling 5 s,1,1200,12000,120,110.0,10.000,10.000,10.000,10.000,101.0,2500.000"
    );
    assert_eq!(*rows[5].last().unwrap(), "0.000");
}

#[test]
fn picture_labels_all_techniques_and_powers_of_ten() {
    let mut report = report();
    report.rows[4].delays = Delays::new(vec![Duration::from_micros(170)]);
    let svg = picture::svg(&report).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for technique in TECHNIQUES {
        assert!(svg.contains(&technique.to_string()), "{technique}");
    }
    for label in ["100 ms", "10 ms", "1 ms", "0.1 ms", "← cheaper", "faster ↓"] {
        assert!(svg.lines().any(|line| line == label), "{label}");
    }
    // The guide embeds the SVG text in Markdown, where an empty line would end the picture.
    assert!(!svg.trim_end().contains("\n\n"));
}
