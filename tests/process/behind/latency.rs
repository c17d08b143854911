//! The latency of a room that has stalled clients.

use super::stalled_clients::{behind, chat, long_line, stalled};
use crate::support::chat::LIMIT;
use crate::support::latency::{Latencies, LatencyProbe};
use crate::support::wait::{assert_once_in_ten, until};
use crate::support::watchdog::within;

/// The number of lines whose latency is measured in each room.
const LINES: usize = 300;

/// The test compares the latencies in rooms with 1 and 100 stalled clients to those in a room without stalled clients.
#[test]
fn stalled_clients_delay_nobody() {
    within(LIMIT, || {
        let measure = || {
            let mut rooms = [0, 1, 100].map(|count| {
                let chat = chat(&["--write-timeout", "1000", "--backlog", "100000000"]);
                let mut probe = LatencyProbe::join(&chat);
                let clients: Vec<_> = (0..count)
                    .map(|number| stalled(&chat, &format!("stalled-{number}")))
                    .collect();
                while behind(&chat) < count {
                    probe.say(&long_line());
                }
                (chat, clients, probe, Latencies::default())
            });
            // The rooms take turns, one line each, so that other work on this machine affects all of them equally.
            for _ in 0..LINES {
                for (_, _, probe, latencies) in &mut rooms {
                    latencies.add(probe.measure());
                }
            }
            for (chat, clients, _, latencies) in &rooms {
                println!("{} behind: {latencies}", clients.len());
                until(|| behind(chat), |&count| count == clients.len());
            }
            rooms.map(|(.., latencies)| latencies)
        };
        assert_once_in_ten(measure, |[without, with @ ..]| {
            with.iter()
                .all(|latencies| latencies.are_not_worse_than(without))
        });
    });
}
