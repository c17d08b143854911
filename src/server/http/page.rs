//! The web page.

use std::hash::{BuildHasher, RandomState};

use crate::server::http::answer::Answer;

/// The page: one file, which asks for nothing else.
const PAGE: &str = include_str!("page.html");

/// The page as an answer, with a policy that lets a browser run this script and no other (Content Security Policy, level 3).
///
/// The policy names the script and the style by a nonce, a word that is new in each answer. The page is one file for all, so
/// there is nothing in it that somebody else could have put there; the policy is for the day when that changes by mistake.
pub fn answer() -> Answer {
    let nonce = nonce();
    let page = PAGE
        .replacen("<script>", &format!("<script nonce=\"{nonce}\">"), 1)
        .replacen("<style>", &format!("<style nonce=\"{nonce}\">"), 1);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    Answer::new(200, "text/html; charset=utf-8", page)
        .with("Content-Security-Policy", policy)
        .with("Referrer-Policy", "no-referrer")
}

/// A word that nobody can guess, as far as the standard library's keys for hash maps are drawn from the system's randomness.
fn nonce() -> String {
    let draw = || RandomState::new().hash_one(PAGE.len());
    format!("{:016x}{:016x}", draw(), draw())
}
