//! Others' lines take as long as ever.

use super::stage::{behind, chat, long_line, stalled};
use crate::support::chat::LIMIT;
use crate::support::delays::{Delays, Pair};
use crate::support::watchdog::within;

/// How many lines are measured in each room.
const LINES: usize = 300;

/// One of them as little as a hundred.
#[test]
fn stalled_clients_delay_nobody() {
    within(LIMIT, || {
        let mut rooms = [0, 1, 100].map(|count| {
            let chat = chat(&["--write-timeout", "50", "--backlog", "100000000"]);
            let mut pair = Pair::join(&chat);
            let clients: Vec<_> = (0..count)
                .map(|number| stalled(&chat, &format!("stalled-{number}")))
                .collect();
            while behind(&chat) < count {
                pair.say(&long_line());
            }
            (chat, clients, pair, Delays::default())
        });
        // One line in each room in turn: whatever else this machine does, it does to all of them.
        for _ in 0..LINES {
            for (_, _, pair, delays) in &mut rooms {
                delays.add(pair.delay());
            }
        }
        for (chat, clients, _, delays) in &rooms {
            println!("{} behind: {delays}", clients.len());
            assert_eq!(behind(chat), clients.len());
        }
        let [(.., without), with @ ..] = &rooms;
        with.iter()
            .for_each(|(.., delays)| delays.assert_not_worse_than(without));
    });
}
