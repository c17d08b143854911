//! The web page.

use crate::base::palette::PALETTE;
use crate::base::random;
use crate::server::http::response::Response;

/// The page, with empty elements for the style and the script.
const MARKUP: &str = include_str!("page/page.html");

const STYLE: &str = include_str!("page/page.css");

/// The parts of the script, in reading order. They are joined, so they share one scope.
const SCRIPT: [&str; 14] = [
    include_str!("page/lines.js"),
    include_str!("page/names.js"),
    include_str!("page/bytes.js"),
    include_str!("page/delays.js"),
    include_str!("page/pane.js"),
    include_str!("page/listening.js"),
    include_str!("page/chat.js"),
    include_str!("page/members.js"),
    include_str!("page/table.js"),
    include_str!("page/drawing.js"),
    include_str!("page/timeline.js"),
    include_str!("page/arrows.js"),
    include_str!("page/costs.js"),
    include_str!("page/controls.js"),
];

/// Returns the page for a request with this Host, which has been checked. The page is one file and loads no other.
///
/// The page's Content Security Policy (level 3) lets a browser run no script but the page's own. The policy identifies
/// the script and the style by a nonce that is new in each response. The page contains nothing that a client has sent,
/// so the policy guards only against future mistakes.
pub(crate) fn respond(host: Option<&str>) -> Response {
    let nonce = nonce();
    let (style, script) = (
        format!("<style nonce=\"{nonce}\">\n{STYLE}"),
        format!("<script nonce=\"{nonce}\">\n{}", script()),
    );
    let page = MARKUP
        .replacen("<style>", &style, 1)
        .replacen("<script>", &script, 1);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'{}; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        host.map(websocket_sources).unwrap_or_default(),
    );
    Response::new(200, "text/html; charset=utf-8", page)
        .with("Content-Security-Policy", policy)
        .with("Referrer-Policy", "no-referrer")
}

/// Returns the script, with the colors for names at its beginning.
fn script() -> String {
    let colors = PALETTE.map(|color| {
        let [red, green, blue] = color.rgb();
        format!("#{red:02x}{green:02x}{blue:02x}")
    });
    format!(
        "'use strict';\n\nconst palette = {colors:?};\n\n{}",
        SCRIPT.join("\n")
    )
}

/// Returns the WebSocket URLs of this host as sources for the policy. In Safari before version 16, `'self'` does not
/// include them.
///
/// The grammar of a policy allows neither underscores nor addresses in brackets. For such a host, the policy relies on
/// `'self'`.
fn websocket_sources(host: &str) -> String {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    if host.bytes().all(is_allowed) {
        format!(" ws://{host} wss://{host}")
    } else {
        String::new()
    }
}

/// Returns a nonce: 32 random hex digits, which an attacker cannot guess.
fn nonce() -> String {
    format!("{:016x}{:016x}", random::number(), random::number())
}
