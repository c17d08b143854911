//! What a message costs the other clients, measured in lines. `--lines-per-second` limits this cost per second.
//!
//! The column µs is the CPU time of the hub and one writer together, measured under load with 50 members.
//!
//! | message | µs | cost |
//! |---|---|---|
//! | a line | 0.4 | 1 |
//! | a Ping, an echo, a command: each needs an answer, which may take its own send(2) | 1.3 | [`ANSWER`] |
//! | `/nick`: the hub parses a name, and all members receive the notice | 1.3 | [`NICK`] |
//! | `/who` with 100 names | 2 | [`WHO`] |
//! | a request that the hub answers: its answer wakes a thread | 5 | [`REQUEST`] |
//! | a chunk of lines in the answer to a request | 0.01 | 1 per [`CHUNKS_PER_LINE`] chunks |
//! | each KiB of a message: it is copied to every member | 0.4 | 1 ([`bytes_cost`]) |
//!
//! The table omits Join and Leave, because a connection has only one of each. But they count as steps of a batch.

use crate::base::line::Lines;
use crate::server::room::commands::MAX_COMMANDS;

/// The cost of a Ping, of an echo, and of a command other than `/nick` and `/who`.
pub const ANSWER: usize = 3;

/// The cost of `/nick`.
pub const NICK: usize = 3;

/// The cost of `/who`.
pub const WHO: usize = 5;

/// The cost of a request that the hub answers.
pub const REQUEST: usize = 10;

/// How many chunks of fetched lines cost as much as one line that a client says: 32.
pub const CHUNKS_PER_LINE: usize = 32;

/// Returns what the bytes of a message add to the cost of its lines: 1 for each whole KiB.
pub fn bytes_cost(length: usize) -> usize {
    length / 1024
}

/// Returns the cost of sending these lines, some of which may be commands.
pub(crate) fn lines_cost(lines: &Lines) -> usize {
    let (mut cost, mut commands) = (0, 0);
    for line in lines.iter() {
        cost += match line.strip_prefix('/') {
            Some(command) if !command.starts_with('/') => {
                commands += 1;
                command_cost(command, commands)
            }
            _ => 1,
        };
    }
    cost
}

/// Returns the cost of the `nth` command of a message. A command after the first [`MAX_COMMANDS`] is not run, and costs
/// as much as a line.
fn command_cost(command: &str, nth: usize) -> usize {
    let verb = command.split(char::is_whitespace).next();
    match verb {
        _ if nth > MAX_COMMANDS => 1,
        Some("who") => WHO,
        Some("nick") => NICK,
        _ => ANSWER,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::base::line::Lines;
    use crate::server::connection::cost;

    #[test]
    fn long_message_costs_more_than_a_short_one() {
        assert_eq!(cost::bytes_cost(1023), 0);
        assert_eq!(cost::bytes_cost(16 * 1024), 16);
    }

    #[test]
    fn line_costs_one_and_a_command_costs_its_answer() {
        let cost = |message: &str| cost::lines_cost(&Lines::parse(message).unwrap());
        assert_eq!(cost("hello"), 1);
        assert_eq!(cost("one\ntwo\n\nthree"), 3);
        assert_eq!(cost("//who"), 1);
        assert_eq!(cost("/who"), cost::WHO);
        assert_eq!(cost("/nick anna"), cost::NICK);
        assert_eq!(cost("/help\n/nonsense\n/"), 3 * cost::ANSWER);
        assert_eq!(cost("one\n/who\ntwo"), cost::WHO + 2);
        // Only the first sixteen commands of a message are run.
        assert_eq!(cost(&"/who\n".repeat(1000)), 16 * cost::WHO + 984);
    }
}
