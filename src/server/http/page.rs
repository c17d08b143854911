//! The web page.

use std::hash::{BuildHasher, RandomState};

use crate::server::http::answer::Answer;

/// The page without its style and its script, for which it has empty elements.
const MARKUP: &str = include_str!("page/page.html");

const STYLE: &str = include_str!("page/page.css");

/// One script, in reading order. Its parts share their names as if they were one file.
const SCRIPT: &str = concat!(
    "'use strict';\n\n",
    include_str!("page/lines.js"),
    "\n",
    include_str!("page/bytes.js"),
    "\n",
    include_str!("page/delays.js"),
    "\n",
    include_str!("page/pane.js"),
    "\n",
    include_str!("page/listening.js"),
    "\n",
    include_str!("page/chat.js"),
    "\n",
    include_str!("page/chart.js"),
    "\n",
    include_str!("page/controls.js"),
);

/// The page as an answer to a request with this Host, which has been checked: one file, which asks for nothing else, with a
/// policy that lets a browser run this script and no other (Content Security Policy, level 3).
///
/// The policy names the script and the style by a nonce, a word that is new in each answer. The page is the same for all, so
/// there is nothing in it that somebody else could have put there; the policy is for the day when that changes by mistake.
pub fn answer(host: Option<&str>) -> Answer {
    let nonce = nonce();
    let (style, script) = (
        format!("<style nonce=\"{nonce}\">\n{STYLE}"),
        format!("<script nonce=\"{nonce}\">\n{SCRIPT}"),
    );
    let page = MARKUP
        .replacen("<style>", &style, 1)
        .replacen("<script>", &script, 1);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'{}; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        host.map(websockets_of).unwrap_or_default(),
    );
    Answer::new(200, "text/html; charset=utf-8", page)
        .with("Content-Security-Policy", policy)
        .with("Referrer-Policy", "no-referrer")
}

/// The WebSockets at this host, as sources of a policy. In Safari before 16, `'self'` does not include them.
///
/// A policy cannot name every host: its grammar has no underscore and no address in brackets. There `'self'` must do.
fn websockets_of(host: &str) -> String {
    let can_be_named = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    if host.bytes().all(can_be_named) {
        format!(" ws://{host} wss://{host}")
    } else {
        String::new()
    }
}

/// A word that nobody can guess, as far as the standard library's keys for hash maps are drawn from the system's randomness.
fn nonce() -> String {
    let draw = || RandomState::new().hash_one(());
    format!("{:016x}{:016x}", draw(), draw())
}
