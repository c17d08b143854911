//! The table, the values and the picture, of a report that was made up.

use std::time::Duration;

use blocking_chat::lab::delays::Delays;
use blocking_chat::lab::heads::Headers;
use blocking_chat::lab::picture;
use blocking_chat::lab::report::Row;
use blocking_chat::lab::transport::{ALL, Conditions, Overhead};
use blocking_chat::lab::{Plan, Report};
use blocking_chat::server::Seconds;

fn report() -> Report {
    let plan = Plan {
        duration: Seconds::new(30),
        rate: 4.0,
        seed: 1,
        headers: Headers::Browser,
    };
    let conditions = Conditions {
        rate: 4.0,
        lines: 120,
        line: 60.0,
    };
    let rows = ALL.into_iter().zip(1..).map(|(technique, number)| Row {
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
        plan,
        conditions,
        rows: rows.collect(),
    }
}

#[test]
fn the_table_has_what_was_measured_and_beside_it_theory() {
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
        "1 1200 12000 110 10 ms 10 ms 10 ms 101, 2.5 s, at most 5 s"
    );
    assert_eq!(
        row("polling, 100 ms"),
        "3 1200 36000 310 30 ms 30 ms 30 ms 2061, 0.05 s, at most 0.1 s"
    );
    assert_eq!(
        row("long polling"),
        "4 1200 48000 410 40 ms 40 ms 40 ms 861, 1 to 3 ways through the net"
    );
    assert_eq!(
        row("WebSocket"),
        "5 1200 60000 510 50 ms 50 ms 50 ms 67, 1 way through the net"
    );
    assert!(
        table.contains("120 lines of 60 bytes in 30 s, at random times (seed 1)"),
        "{table}"
    );
    assert!(
        table.lines().all(|line| line.chars().count() <= 120),
        "{table}"
    );
}

#[test]
fn values_for_programs_have_as_many_fields_in_each_row() {
    let csv = report().csv();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + ALL.len());
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{csv}");
    assert_eq!(
        rows[1].join(","),
        "polling 5 s,1,1200,12000,120,110.0,10.000,10.000,10.000,10.000,101.0,2500.000"
    );
    assert!(rows[5].last().unwrap().is_empty());
}

#[test]
fn the_picture_names_every_technique_and_every_power_of_ten() {
    let mut report = report();
    report.rows[4].delays = Delays::new(vec![Duration::from_micros(170)]);
    let svg = picture::svg(&report).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for technique in ALL {
        assert!(svg.contains(&technique.to_string()), "{technique}");
    }
    for label in ["100 ms", "10 ms", "1 ms", "0.1 ms"] {
        assert!(svg.lines().any(|line| line == label), "{label}");
    }
    // In the docs it stands within Markdown, where an empty line would end it.
    assert!(!svg.trim_end().contains("\n\n"));
}
