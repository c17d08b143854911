//! What the end of a connection means for the client.

use std::io;

use crate::client::connect::session::Session;
use crate::client::loss_cause::LossCause;
use crate::client::read_end::ReadEnd;
use crate::client::resume::replay::ServerKind;
use crate::client::state::ClientState;
use crate::client::state::exit_reason::ExitReason;

/// What to tell about the end of a connection, or `None` if all is well. What we wanted ourselves comes before what the
/// server did then.
pub fn outcome(end: ReadEnd, state: &ClientState, session: &Session) -> Option<LossCause> {
    let reason = match &end {
        ReadEnd::Output(_) => None,
        _ => state.take_exit_reason(),
    };
    if let Some(reason) = reason {
        return left(reason, state);
    }
    let cause = match end {
        ReadEnd::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return None,
        ReadEnd::Output(error) => LossCause::Output(error),
        _ if session.has_stalled() => LossCause::Stalled(state.timeouts.write),
        ReadEnd::Closed(Some(close)) => LossCause::Closed {
            code: close.code.into(),
            reason: close.reason.to_string(),
            is_chat: state.resume(|resume| resume.server()) == ServerKind::Numbering,
        },
        ReadEnd::Closed(None) => LossCause::ClosedWithoutCode,
        ReadEnd::Gone(error) => LossCause::Gone(error),
        ReadEnd::Silent(limit) => LossCause::Silent(limit),
        ReadEnd::Renamed => LossCause::Renamed,
        ReadEnd::Refused(_, error) => LossCause::Refused(error),
    };
    match cause {
        LossCause::Closed { code: 1000, .. } => finished(LossCause::Done, state),
        cause => Some(cause),
    }
}

fn left(reason: ExitReason, state: &ClientState) -> Option<LossCause> {
    match reason {
        ExitReason::Asked => finished(LossCause::Asked, state),
        ExitReason::EndOfInput { skipped: 0 } => finished(LossCause::Done, state),
        ExitReason::EndOfInput { skipped } => Some(LossCause::Skipped(skipped)),
        ExitReason::NoReceipts => Some(LossCause::NoReceipts(state.timeouts.overdue)),
        ExitReason::Away => Some(LossCause::Away(state.timeouts.away)),
        ExitReason::Input(error) => Some(LossCause::Input(error)),
    }
}

/// All is well if every line has its receipt.
fn finished(cause: LossCause, state: &ClientState) -> Option<LossCause> {
    let is_done = state.unfinished() == (0, 0) && state.reported() == 0;
    (!is_done).then_some(cause)
}
