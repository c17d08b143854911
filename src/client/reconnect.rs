//! Connects again after a connection was lost.

use std::time::{Duration, Instant};

use tungstenite::handshake::client::generate_key;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::base::random;
use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Target;
use crate::client::connect::{Opened, open};
use crate::client::end_reason::EndReason;
use crate::client::output::Output;
use crate::client::state::ClientState;
use crate::client::timeouts::Timeouts;

/// The longest time to wait that a server may ask for: an hour.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Connects again after a pause, as often as it takes. A reconnect that only takes another name is not reported to the
/// user. `attempts` counts the tries since the last connection that lasted.
///
/// # Errors
/// [`EndReason::Gone`] if the client leaves meanwhile. [`EndReason::NotLetIn`] if a retry is pointless: the server
/// refuses the request, or the system gives us no thread. A refusal is HTTP 300 to 499, except 408, 425 and 429, which
/// are temporary.
pub(crate) fn reconnect(
    state: &ClientState,
    target: &mut Target,
    attempts: &mut u32,
    lost: &EndReason,
    output: &mut impl Output,
) -> Result<Opened, EndReason> {
    let begin = Instant::now();
    let mut is_quiet = matches!(lost, EndReason::Renamed);
    let mut least = Duration::ZERO;
    if !is_quiet {
        output.notice(&format!("{lost}; connecting again"));
    }
    loop {
        let random = random::number() as f64 / u64::MAX as f64;
        let pause = backoff(&state.timeouts, *attempts, random).max(least);
        *attempts = attempts.saturating_add(1);
        if !state.pause(pause) {
            return Err(EndReason::Gone);
        }
        let ask = state.resume(|resume| resume.to_ask());
        match open(target, &ask, &state.timeouts) {
            Ok((session, websocket)) => {
                if !state.begin(&session) {
                    // The thread that leaves has found no connection to close.
                    session.close(CloseCode::Normal);
                }
                if !is_quiet {
                    let seconds = begin.elapsed().as_secs();
                    output.notice(&format!("connected again after {seconds} s"));
                }
                return Ok((session, websocket));
            }
            Err(error) if error.is_final() => return Err(EndReason::NotLetIn(error)),
            Err(error) => {
                is_quiet = false;
                least = Duration::ZERO;
                if let ConnectError::Http {
                    retry_after: Some(wanted),
                    ..
                } = &error
                {
                    least = MAX_RETRY_AFTER.min(*wanted);
                    output.notice(&format!("{error}; trying again in {} s", least.as_secs()));
                }
                target.next();
            }
        }
    }
}

/// How long to wait before an attempt: a random time, so that not all clients of a server that restarts come at once.
///
/// It is between a half and the whole of a limit that doubles with each attempt (RFC 6455, section 7.2.3). `random` is
/// 0 to 1.
pub fn backoff(timeouts: &Timeouts, attempts: u32, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts);
    let most = timeouts.retry_first.saturating_mul(doubled);
    let half = most.min(timeouts.retry_most) / 2;
    half + half.mul_f64(random.clamp(0.0, 1.0))
}

/// A secret that distinguishes us from other clients of our name: 22 of `A-Za-z0-9-`. It is unguessable.
pub(crate) fn random_key() -> String {
    // Without the padding and the two characters of base64 that a URL would encode.
    let key = generate_key();
    key.trim_end_matches('=').replace(['+', '/'], "-")
}
