//! A lost connection is made anew.

use std::time::Instant;

use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::lost::Why;
use crate::client::opening::failure::NotConnected;
use crate::client::opening::url::Url;
use crate::client::opening::{Opened, open};
use crate::client::pause::{pause, random};
use crate::client::show::Show;
use crate::client::talk::Talk;

/// Connects again after a pause, as often as it takes. (To come back with another name is a part of that, and no news to
/// the user.) `attempts` is how often that was tried since the last connection that was of use.
///
/// Returns `None` if the client is left meanwhile.
///
/// # Errors
/// If the server refuses what we ask for (HTTP 400 to 499, but for 408 and 429, which pass): asking again would change
/// nothing.
pub fn reconnect(
    talk: &Talk,
    url: &Url,
    attempts: &mut u32,
    lost: &Why,
    show: &mut impl Show,
) -> Result<Option<Opened>, Why> {
    let begin = Instant::now();
    let mut is_quiet = matches!(lost, Why::Renamed);
    if !is_quiet {
        show.state(&format!("{lost}; connecting again"));
    }
    loop {
        // The server is there if all that has changed is the name; and if it plays with us, we are slow.
        let before = if is_quiet { 0 } else { *attempts };
        let pause = pause(&talk.limits, before, random());
        *attempts = attempts.saturating_add(1);
        // A word means that somebody leaves. There is no other.
        let _ = talk.left.1.recv_timeout(pause);
        if talk.leaving().is_some() {
            return Ok(None);
        }
        let url = url.asking(&talk.memory(|memory| memory.to_ask()));
        match open(&url, &talk.limits) {
            Ok(opened) => {
                begin_on(talk, &opened);
                if !is_quiet {
                    let seconds = begin.elapsed().as_secs();
                    show.state(&format!("connected again after {seconds} s"));
                }
                return Ok(Some(opened));
            }
            Err(NotConnected::Http { status, sentence }) if is_final(&status) => {
                return Err(Why::NotLetIn(NotConnected::Http { status, sentence }));
            }
            Err(_) => is_quiet = false,
        }
    }
}

fn begin_on(talk: &Talk, (session, _): &Opened) {
    if !talk.begin(session, true) {
        // Who leaves has found no connection to close.
        session.close(CloseCode::Normal, "");
    }
}

fn is_final(status: &str) -> bool {
    status.starts_with('4') && !status.starts_with("408") && !status.starts_with("429")
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
