//! The latency of a room that has stalled clients.

use super::stalled_clients::{behind, chat, long_line, stalled};
use crate::support::chat::LIMIT;
use crate::support::latency::{Latencies, LatencyProbe};
use crate::support::watchdog::within;

/// The number of lines that are measured in each room.
const LINES: usize = 300;

/// Tested with one stalled client and with a hundred.
#[test]
fn stalled_clients_delay_nobody() {
    within(LIMIT, || {
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
        // The rooms take turns, one line each, so other work on this machine affects all of them equally.
        for _ in 0..LINES {
            for (_, _, probe, latencies) in &mut rooms {
                latencies.add(probe.measure());
            }
        }
        for (chat, clients, _, latencies) in &rooms {
            println!("{} behind: {latencies}", clients.len());
            assert_eq!(behind(chat), clients.len());
        }
        let [(.., without), with @ ..] = &rooms;
        with.iter()
            .for_each(|(.., latencies)| latencies.assert_not_worse_than(without));
    });
}
