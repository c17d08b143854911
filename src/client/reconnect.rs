//! A lost connection is made anew.

use std::time::{Duration, Instant};

use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::connect::backoff::{backoff, random};
use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Target;
use crate::client::connect::{Opened, open};
use crate::client::loss_cause::LossCause;
use crate::client::output::Output;
use crate::client::state::ClientState;

/// The longest time to wait that a server may ask for: an hour.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Connects again after a pause, as often as it takes. (To come back with another name is a part of that, and no news
/// to the user.) `attempts` is how often that was tried since the last connection that lasted.
///
/// Returns `None` if the client leaves meanwhile.
///
/// # Errors
/// If the server refuses what we ask for (HTTP 400 to 499, but for 408, 425 and 429, which pass): asking again would
/// change nothing.
pub fn reconnect(
    state: &ClientState,
    target: &mut Target,
    attempts: &mut u32,
    lost: &LossCause,
    output: &mut impl Output,
) -> Result<Option<Opened>, LossCause> {
    let begin = Instant::now();
    let mut is_quiet = matches!(lost, LossCause::Renamed);
    let mut least = Duration::ZERO;
    if !is_quiet {
        output.notice(&format!("{lost}; connecting again"));
    }
    loop {
        let pause = backoff(&state.timeouts, *attempts, random()).max(least);
        *attempts = attempts.saturating_add(1);
        if !state.pause(pause) {
            return Ok(None);
        }
        let ask = state.resume(|resume| resume.to_ask());
        match open(target, &ask, &state.timeouts) {
            Ok(opened) => {
                begin_on(state, &opened);
                if !is_quiet {
                    let seconds = begin.elapsed().as_secs();
                    output.notice(&format!("connected again after {seconds} s"));
                }
                return Ok(Some(opened));
            }
            Err(error) if error.is_final() => return Err(LossCause::NotLetIn(error)),
            Err(error) => {
                is_quiet = false;
                least = retry_after(&error, output);
                target.next();
            }
        }
    }
}

/// How long the server asks us to wait, if it does.
fn retry_after(error: &ConnectError, output: &mut impl Output) -> Duration {
    let Some(wanted) = error.retry_after() else {
        return Duration::ZERO;
    };
    let wanted = wanted.min(MAX_RETRY_AFTER);
    output.notice(&format!("{error}; trying again in {} s", wanted.as_secs()));
    wanted
}

fn begin_on(state: &ClientState, (session, _): &Opened) {
    if !state.begin(session) {
        // The thread that leaves has found no connection to close.
        session.close(CloseCode::Normal, "");
    }
}

/// A secret that tells us from other clients of our name (up to 64 of `A-Za-z0-9_-`). It is unguessable.
pub(crate) fn random_key() -> String {
    let random = tungstenite::handshake::client::generate_key();
    // The padding is dropped, and the two characters of base64 that a URL would encode are replaced.
    let allowed = random.chars().filter(|&c| c != '=');
    allowed
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect()
}
