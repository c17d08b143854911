//! What a stopping server may still send while the disk fails.

use std::io;

use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::messages::WriterCommand;
use crate::server::http::error_response::ErrorResponse;
use crate::server::observe::disconnect::DisconnectReason;
use crate::server::observe::history_counters::HistoryCounters;

/// Checks after a stop that all lines are on the disk.
///
/// # Errors
/// Fails with a message for the user if some lines were not stored, or if the disk is still busy.
pub(crate) fn check(counters: &HistoryCounters) -> io::Result<()> {
    match counters.unstored() {
        0 if counters.is_busy() => Err(io::Error::other(
            "the disk has not answered in time: the newest lines, which have no receipt, may be lost",
        )),
        0 => Ok(()),
        lines => Err(io::Error::other(lost_lines_message(lines))),
    }
}

/// Returns a sentence that says how many lines are lost.
pub(crate) fn lost_lines_message(lines: u64) -> String {
    let lines = match lines {
        1 => "1 line without a receipt is".to_owned(),
        _ => format!("{lines} lines without a receipt are"),
    };
    format!("{lines} lost: the disk did not store them")
}

/// Removes each command that could show or confirm a line, and each Disconnect. Turns away clients that are joining.
///
/// A dropped reply disconnects its channel. The connection then responds with a 503, or, if the request is a long poll,
/// with no lines. A client that receives neither a receipt nor a Pong sends its lines again on its next connection.
pub(crate) fn strip_lines(commands: Vec<WriterCommand>) -> Vec<WriterCommand> {
    commands.into_iter().filter_map(strip_line).collect()
}

fn strip_line(command: WriterCommand) -> Option<WriterCommand> {
    match command {
        WriterCommand::Broadcast(_) => None,
        WriterCommand::One { client, command } => {
            let command = match command {
                // Its first block would show lines that are not on the disk, and its 101 would prove its join. So turn it away.
                ClientCommand::Join { half, .. } => {
                    let reason = DisconnectReason::ShuttingDown;
                    ClientCommand::turn_away(half, &ErrorResponse::stopping(), reason)
                }
                // After a Close 4001, the replaced client would not reconnect, although its successor is turned away.
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
    use crate::server::history_file::unstored::check;
    use crate::server::observe::history_counters::HistoryCounters;

    #[test]
    fn stop_fails_if_the_disk_hangs_or_a_line_is_not_stored() {
        let counters = HistoryCounters::default();
        check(&counters).unwrap();
        counters.begin_commit();
        let message = check(&counters).unwrap_err().to_string();
        assert!(message.contains("has not answered"), "{message}");
        counters.end_commit();
        check(&counters).unwrap();
        for begin in [
            "1 line without a receipt is ",
            "2 lines without a receipt are ",
        ] {
            counters.count_unstored(1);
            let message = check(&counters).unwrap_err().to_string();
            assert!(message.starts_with(begin), "{message}");
        }
    }
}
