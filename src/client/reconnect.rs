//! A lost connection is made anew.

use std::time::Instant;

use tungstenite::protocol::frame::coding::CloseCode;

use super::lost::Why;
use super::opening::failure::NotConnected;
use super::opening::url::Url;
use super::opening::{Opened, open};
use super::pause::{pause, random};
use super::show::Show;
use super::talk::Talk;

/// Connects again after a pause, as often as it takes. `attempts` is how often that was tried since the last connection
/// that was of use.
///
/// Returns `None` if the client is left meanwhile.
///
/// # Errors
/// If the server refuses what we ask for (HTTP 400 to 499): asking again would change nothing.
pub fn reconnect(
    talk: &Talk,
    url: &Url,
    attempts: &mut u32,
    lost: &Why,
    show: &mut impl Show,
) -> Result<Option<Opened>, Why> {
    show.state(&format!("{lost}; connecting again"));
    let begin = Instant::now();
    loop {
        let pause = pause(&talk.limits, *attempts, random());
        *attempts = attempts.saturating_add(1);
        // A word means that somebody leaves. There is no other.
        let _ = talk.left.1.recv_timeout(pause);
        if talk.leaving().is_some() {
            return Ok(None);
        }
        let url = url.asking(&talk.memory(|memory| memory.to_ask()));
        match open(&url, &talk.limits) {
            Ok(opened) => {
                begin_again(talk, &opened, begin, show);
                return Ok(Some(opened));
            }
            Err(NotConnected::Http { status, sentence }) if status.starts_with('4') => {
                return Err(Why::NotLetIn(NotConnected::Http { status, sentence }));
            }
            Err(_) => {}
        }
    }
}

fn begin_again(talk: &Talk, (session, _): &Opened, begin: Instant, show: &mut impl Show) {
    if !talk.begin(session, true) {
        // Who leaves has found no connection to close.
        session.close(CloseCode::Normal, "");
    }
    show.state(&format!(
        "connected again after {} s",
        begin.elapsed().as_secs()
    ));
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
