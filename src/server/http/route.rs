//! Finds what a request asks for, by its path and its method.

use tungstenite::Bytes;
use tungstenite::handshake::derive_accept_key;

use crate::base::name::Name;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::Head;
use crate::server::http::origin;
use crate::server::http::origin::Origin;
use crate::server::http::query::{FetchParams, Query};
use crate::server::room::join::JoinRequest;

/// What a request asks for. A request for anything else gets an [`ErrorResponse`].
#[derive(Debug)]
pub enum Route {
    /// An upgrade at `/` or `/echo`.
    WebSocket(Box<Upgrade>),
    /// A resource that is served over HTTP.
    Http(Resource),
}

/// A resource that is served over HTTP.
#[derive(Debug)]
pub enum Resource {
    /// `GET /`: the web page.
    Page,
    /// `GET /lines`: earlier lines, or the next ones.
    Fetch(FetchParams),
    /// `POST /lines`: sends lines under this name.
    Post(Name),
    /// `GET /metrics`: the counters.
    Metrics,
    /// `OPTIONS`: the methods of a path. Proxies use this request to check that a server is up.
    Options {
        /// The value of the Allow field: the methods that the path allows.
        allow: &'static str,
    },
}

/// A request for a WebSocket.
#[derive(Debug)]
pub struct Upgrade {
    /// The 101 response, which accepts the upgrade.
    pub response: Bytes,
    /// How the client joins the room, or `None` for `/echo`, which joins no room.
    pub join: Option<JoinRequest>,
}

/// The methods that are allowed at `/`, `/echo` and `/metrics`.
const READ_METHODS: &str = "GET, HEAD, OPTIONS";

/// The methods that are allowed at `/lines`. `OPTIONS *` returns the same list, because `*` means the whole server.
const ALL_METHODS: &str = "GET, HEAD, OPTIONS, POST";

/// Finds the route of a request.
///
/// # Errors
/// The response to send: 400, 403, 404, 405 or 426.
pub fn find(head: &Head, allowed: &[Origin]) -> Result<Route, ErrorResponse> {
    checked_route(head, allowed).map_err(|error| error.to(&head.method))
}

fn checked_route(head: &Head, allowed: &[Origin]) -> Result<Route, ErrorResponse> {
    origin::check(head, allowed)?;
    match (head.path.as_str(), head.method.as_str()) {
        ("/" | "/echo", "GET") if head.has_list_item("upgrade", "websocket") => {
            upgrade(head).map(|upgrade| Route::WebSocket(Box::new(upgrade)))
        }
        ("/lines", "POST") => post(head).map(Route::Http),
        (_, "GET" | "HEAD" | "OPTIONS") if head.has_body() => {
            Err(ErrorResponse::new(400, "This request may not have a body."))
        }
        ("/", "GET" | "HEAD") => Ok(Route::Http(Resource::Page)),
        ("/lines", "GET" | "HEAD") => fetch(head).map(Route::Http),
        ("/metrics", "GET" | "HEAD") => Ok(Route::Http(Resource::Metrics)),
        ("*" | "/lines", "OPTIONS") => Ok(Route::Http(Resource::Options { allow: ALL_METHODS })),
        ("/" | "/echo" | "/metrics", "OPTIONS") => Ok(Route::Http(Resource::Options {
            allow: READ_METHODS,
        })),
        _ => Err(not_served(head)),
    }
}

#[inline(never)]
fn post(head: &Head) -> Result<Resource, ErrorResponse> {
    match Query::parse(&head.query)?.name {
        Some(name) => Ok(Resource::Post(name)),
        None => Err(ErrorResponse::new(
            400,
            "A POST needs a name: POST /lines?name=NAME.",
        )),
    }
}

#[inline(never)]
fn fetch(head: &Head) -> Result<Resource, ErrorResponse> {
    let query = Query::parse(&head.query)?;
    Ok(Resource::Fetch(query.fetch_params()))
}

/// Returns the error for a request whose path or method is not served.
#[cold]
fn not_served(head: &Head) -> ErrorResponse {
    match (head.path.as_str(), head.method.as_str()) {
        ("/echo", "GET" | "HEAD") => version_13(ErrorResponse::new(
            426,
            "This is a WebSocket: connect to it with a WebSocket client.",
        )),
        ("/lines", _) => ErrorResponse::new(
            405,
            "Only GET, HEAD, OPTIONS and POST work here: GET fetches lines, and POST sends them.",
        )
        .with("Allow", ALL_METHODS),
        ("/" | "/echo" | "/metrics", _) => {
            ErrorResponse::new(405, "Only GET, HEAD and OPTIONS work here.")
                .with("Allow", READ_METHODS)
        }
        ("*", _) => ErrorResponse::new(400, "Only OPTIONS may have * as its target."),
        _ => ErrorResponse::new(
            404,
            "There is nothing here: the chat is at /, its lines at /lines, an echo at /echo, and counters at /metrics.",
        ),
    }
}

#[inline(never)]
fn upgrade(head: &Head) -> Result<Upgrade, ErrorResponse> {
    if head.has_body() {
        return Err(ErrorResponse::new(
            400,
            "A request to upgrade may not have a body.",
        ));
    }
    let response = switch_protocols(head)?;
    let join = if head.path == "/echo" {
        None
    } else {
        Some(Query::parse(&head.query)?.join_request())
    };
    Ok(Upgrade { response, join })
}

/// Makes the 101 response to a valid upgrade (RFC 6455, section 4.2.2), or the error for an invalid one.
#[inline(never)]
fn switch_protocols(head: &Head) -> Result<Bytes, ErrorResponse> {
    let refuse = |sentence: String| ErrorResponse::new(400, sentence);
    if !head.is_http_1_1 {
        return Err(refuse("An upgrade needs HTTP/1.1.".to_owned()));
    }
    if !head.has_list_item("connection", "upgrade") {
        return Err(refuse("An upgrade needs `Connection: Upgrade`.".to_owned()));
    }
    if head.only("sec-websocket-version")? != Some("13") {
        return Err(version_13(ErrorResponse::new(
            426,
            "This server speaks version 13 of the WebSocket protocol.",
        )));
    }
    let Some(key) = head.only("sec-websocket-key")?.filter(|key| is_key(key)) else {
        return Err(refuse(
            "An upgrade needs a Sec-WebSocket-Key of 16 bytes in Base64.".to_owned(),
        ));
    };
    let accept = derive_accept_key(key.as_bytes());
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into())
}

/// Returns whether a key is 16 bytes in Base64 (RFC 4648, section 4). The last digit before the padding has only two
/// bits of data, and its other four must be 0.
fn is_key(key: &str) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    match key.as_bytes() {
        [digits @ .., b'A' | b'Q' | b'g' | b'w', b'=', b'='] => {
            digits.len() == 21 && digits.iter().all(is_digit)
        }
        _ => false,
    }
}

/// Adds the fields that a 426 must have: Upgrade (RFC 9110, section 15.5.22) and the version (RFC 6455, section 4.4).
fn version_13(error: ErrorResponse) -> ErrorResponse {
    error
        .with("Upgrade", "websocket")
        .with("Sec-WebSocket-Version", "13")
}
