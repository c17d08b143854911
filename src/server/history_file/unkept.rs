//! What goes out at a stop, while the disk does not take the lines.

use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::{Audience, ClientCommand};
use crate::server::delivery::messages::WriterCommand;
use crate::server::http::error_response::ErrorResponse;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

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
                ClientCommand::Join { half, .. } => turn_away(half),
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

/// Answers a Join with a 503: its first block would show lines, and the 101 would prove the join.
fn turn_away(half: WriteHalf) -> ClientCommand {
    // The reason is set before a writer ends the socket. This is no I/O.
    half.socket()
        .set_disconnect_reason(DisconnectReason::ShuttingDown);
    let response = ErrorResponse::stopping();
    half.socket().counters().count_refusal(response.status);
    ClientCommand::Join {
        half,
        first: Block::last(response.to_bytes().into()),
        audience: Audience::Itself,
    }
}
