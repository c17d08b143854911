//! What goes out at a stop, while the disk does not take the lines.

use std::io;

use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::messages::WriterCommand;
use crate::server::http::error_response::ErrorResponse;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::observe::history_counters::HistoryCounters;

/// Checks after a stop that the disk has taken all lines.
///
/// # Errors
/// A sentence if it has not, or if it is still busy with some.
pub(crate) fn check(counters: &HistoryCounters) -> io::Result<()> {
    match counters.unkept() {
        0 if counters.is_busy() => Err(io::Error::other(
            "the disk has not answered in time: the newest lines, which have no receipt, may not be kept",
        )),
        0 => Ok(()),
        lines => Err(io::Error::other(sentence(lines))),
    }
}

/// Says that this many lines are lost.
pub(crate) fn sentence(lines: u64) -> String {
    let lines = match lines {
        1 => "1 line without a receipt is".to_owned(),
        _ => format!("{lines} lines without a receipt are"),
    };
    format!("{lines} not kept: the disk does not take them")
}

/// Removes everything that shows or proves a line. What is left ends the clients.
///
/// A dropped reply disconnects its channel, and the connection responds with a 503 or, to a long poll, without a line. A client
/// that gets neither a receipt nor a Pong says its lines again on its next connection.
pub(crate) fn without_lines(commands: Vec<WriterCommand>) -> Vec<WriterCommand> {
    commands.into_iter().filter_map(without_line).collect()
}

fn without_line(command: WriterCommand) -> Option<WriterCommand> {
    match command {
        WriterCommand::Broadcast(_) => None,
        WriterCommand::One { client, command } => {
            let command = match command {
                // Its first block would show lines, and the 101 would prove the join.
                ClientCommand::Join { half, .. } => {
                    let reason = DisconnectReason::ShuttingDown;
                    ClientCommand::turn_away(half, &ErrorResponse::stopping(), reason)
                }
                // Close 4001 would keep the replaced client from coming back.
                ClientCommand::Disconnect(_) => return None,
                ClientCommand::Send(_) | ClientCommand::Reply(_) => return None,
                ClientCommand::Ping | ClientCommand::Leave => command,
            };
            Some(WriterCommand::One { client, command })
        }
        WriterCommand::Stop => Some(WriterCommand::Stop),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::server::history_file::unkept::check;
    use crate::server::observe::history_counters::HistoryCounters;

    #[test]
    fn stop_fails_if_the_disk_hangs_or_a_line_is_not_kept() {
        let counters = HistoryCounters::default();
        check(&counters).unwrap();
        counters.begin_commit();
        let said = check(&counters).unwrap_err().to_string();
        assert!(said.contains("has not answered"), "{said}");
        counters.end_commit();
        check(&counters).unwrap();
        for begin in [
            "1 line without a receipt is ",
            "2 lines without a receipt are ",
        ] {
            counters.count_unkept(1);
            let said = check(&counters).unwrap_err().to_string();
            assert!(said.starts_with(begin), "{said}");
        }
    }
}
