//! The parameters of a request: the query of its URL.

use std::time::Duration;

use crate::base::line;
use crate::base::name::Name;
use crate::server::http::error_response::ErrorResponse;
use crate::server::room::join::JoinRequest;

/// All parameters that some request takes. Each has one form everywhere, also where it has no meaning.
#[derive(Debug, Default)]
pub struct Query {
    /// The name to bear, or to speak in.
    pub name: Option<Name>,
    since: Option<u64>,
    until: Option<u64>,
    room: Option<String>,
    wait: Option<Duration>,
    key: Option<String>,
}

/// Which lines are wanted: the query of `/lines`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// Those after this number; without one, all that are kept.
    pub since: Option<u64>,
    /// Those up to this number.
    pub until: Option<u64>,
    /// The room whose numbers these are.
    pub room: Option<String>,
    /// How long to wait for a line if there is none, at most [`MAX_WAIT`].
    pub wait: Option<Duration>,
}

/// How long a long poll may wait: 30 s (RFC 6202, section 5.5). Most proxies give up after 60 s without an answer. A client
/// that asks for a longer wait gets this one, and asks again.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

impl Query {
    /// What somebody who joins asks for.
    pub fn asked(self) -> JoinRequest {
        JoinRequest {
            name: self.name,
            since: self.since,
            room: self.room,
            key: self.key,
        }
    }

    /// Which lines somebody asks for.
    pub fn wanted(self) -> Wanted {
        Wanted {
            since: self.since,
            until: self.until,
            room: self.room,
            // Not to wait at all is polling.
            wait: self.wait.filter(|wait| !wait.is_zero()),
        }
    }
}

/// Reads a query. Parameters that are not known are ignored. An empty one counts as absent: a form sends it for a field that is
/// not filled in.
///
/// # Errors
/// 400 for one that is malformed or stands there twice.
pub fn parse(text: &str) -> Result<Query, ErrorResponse> {
    let mut query = Query::default();
    let mut seen = Vec::new();
    let parameters = form_urlencoded::parse(text.as_bytes());
    for (parameter, value) in parameters.filter(|(_, value)| !value.is_empty()) {
        let number = |what| line::decimal(&value).ok_or_else(|| malformed(&parameter, what));
        match parameter.as_ref() {
            "name" => query.name = Some(name(&value)?),
            "since" => query.since = Some(number("the number of a line")?),
            "until" => query.until = Some(number("the number of a line")?),
            "wait" => {
                query.wait = Some(Duration::from_secs(number("a number of seconds")?).min(MAX_WAIT))
            }
            "room" => query.room = Some(value.into_owned()),
            "key" if is_key(&value) => query.key = Some(value.into_owned()),
            "key" => return Err(malformed("key", "1 to 64 of A-Z, a-z, 0-9, - and _")),
            _ => continue,
        }
        if seen.contains(&parameter) {
            return Err(ErrorResponse::new(
                400,
                format!("The parameter {parameter} stands there twice."),
            ));
        }
        seen.push(parameter);
    }
    Ok(query)
}

fn name(text: &str) -> Result<Name, ErrorResponse> {
    Name::parse(text).map_err(|error| ErrorResponse::new(400, format!("This is no name: {error}.")))
}

fn malformed(parameter: &str, form: &str) -> ErrorResponse {
    ErrorResponse::new(400, format!("The parameter {parameter} must be {form}."))
}

fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
