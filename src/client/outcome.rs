//! What the end of a connection means for the client.

use std::io;

use crate::client::connect::session::Session;
use crate::client::loss_cause::LossCause;
use crate::client::read_end::ReadEnd;
use crate::client::state::ClientState;
use crate::client::state::exit_reason::ExitReason;

/// What to tell about the end, or `None` if all is well. What we wanted ourselves comes before what the server did
/// then.
pub fn outcome(end: ReadEnd, state: &ClientState, session: &Session) -> Option<LossCause> {
    match (state.exit_reason(), end) {
        (_, ReadEnd::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => None,
        (_, ReadEnd::Output(error)) => Some(LossCause::Output(error)),
        (Some(ExitReason::Asked | ExitReason::EndOfInput { skipped: 0 }), _) => None,
        (Some(ExitReason::EndOfInput { skipped }), _) => Some(LossCause::Skipped(*skipped)),
        (Some(ExitReason::Silence), _) => Some(LossCause::Silence(state.timeouts.receipts)),
        (Some(ExitReason::NoReceipts), _) => Some(LossCause::NoReceipts(state.timeouts.overdue)),
        (Some(ExitReason::Away), _) => Some(LossCause::Away(state.timeouts.away)),
        (Some(ExitReason::Input(error)), _) => Some(LossCause::Input(io::Error::new(
            error.kind(),
            error.to_string(),
        ))),
        (None, _) if session.has_stalled() => Some(LossCause::Stalled(state.timeouts.write)),
        (None, ReadEnd::Closed(close)) => Some(LossCause::Closed {
            code: close.as_ref().map(|close| close.code.into()),
            reason: close
                .map(|close| close.reason.to_string())
                .unwrap_or_default(),
        }),
        (None, ReadEnd::Gone(error)) => Some(LossCause::Gone(error)),
        (None, ReadEnd::Return) => Some(LossCause::Renamed),
        (None, ReadEnd::Refused(_, error)) => Some(LossCause::Refused(error)),
    }
}
