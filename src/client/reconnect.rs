//! A lost connection is made anew.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use tungstenite::protocol::frame::coding::CloseCode;

use super::connected::open;
use super::failure::NotConnected;
use super::lost::Why;
use super::show::Show;
use super::{Client, Limits};

impl Client {
    /// Connects again after a pause, as often as it takes.
    ///
    /// Returns `false` if the client is left meanwhile.
    ///
    /// # Errors
    /// If the server refuses what we ask for (HTTP 400 to 499): asking again would change nothing.
    pub(super) fn reconnect(&mut self, lost: &Why, show: &mut impl Show) -> Result<bool, Why> {
        show.state(&format!("{lost}; connecting again"));
        let begin = Instant::now();
        loop {
            let pause = pause(&self.talk.limits, self.attempts, random());
            self.attempts = self.attempts.saturating_add(1);
            // A word means that somebody leaves. There is no other.
            let _ = self.talk.left.1.recv_timeout(pause);
            if self.talk.leaving().is_some() {
                return Ok(false);
            }
            let url = self.url.asking(&self.talk.memory(|memory| memory.to_ask()));
            match open(&url, &self.talk.limits) {
                Ok((session, websocket)) => {
                    (self.session, self.websocket) = (session, websocket);
                    break;
                }
                Err(NotConnected::Http { status, sentence }) if status.starts_with('4') => {
                    return Err(Why::NotLetIn(NotConnected::Http { status, sentence }));
                }
                Err(_) => {}
            }
        }
        if !self.talk.begin(&self.session, true) {
            // Who leaves has found no connection to close.
            self.session.close(CloseCode::Normal, "");
        }
        show.state(&format!(
            "connected again after {} s",
            begin.elapsed().as_secs()
        ));
        Ok(true)
    }
}

/// How long to wait before an attempt: a random time, so that not all clients of a server that restarts come at once;
/// its upper limit doubles with each attempt (RFC 6455, section 7.2.3). `random` is 0 to 1.
pub fn pause(limits: &Limits, attempts: u32, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_add(1));
    let most = limits
        .retry_first
        .saturating_mul(doubled)
        .min(limits.retry_most);
    let spread = most.saturating_sub(limits.retry_first);
    limits.retry_first + spread.mul_f64(random.clamp(0.0, 1.0))
}

/// A random number from 0 to 1. It need not be unguessable.
fn random() -> f64 {
    // The standard library's hash maps have random keys.
    let hash = RandomState::new().hash_one(0);
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

/// A secret that tells us from others of our name (up to 64 of `A-Za-z0-9_-`). It is unguessable.
pub fn key() -> String {
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

/// Whether a new connection may help after this end.
pub fn is_lost(why: &Why) -> bool {
    match why {
        Why::Gone(_) | Why::Stalled(_) => true,
        // Going away, too slow for it, an error in it, a restart, too busy.
        Why::Closed { code, .. } => matches!(code, Some(1001 | 1008 | 1011 | 1012 | 1013)),
        _ => false,
    }
}
