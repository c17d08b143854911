//! The parameters of a request, from the query of its URL.

use std::time::Duration;

use crate::base::line;
use crate::base::name::Name;
use crate::server::http::error_response::ErrorResponse;
use crate::server::room::join::JoinRequest;

/// The parameters of a join, a fetch or a post. A malformed parameter is an error, even if the request does not use it.
#[derive(Debug, Default)]
pub struct Query {
    /// The name under which the client joins or posts lines.
    pub name: Option<Name>,
    since: Option<u64>,
    until: Option<u64>,
    room: Option<String>,
    wait: Option<Duration>,
    key: Option<String>,
}

/// What a `GET /lines` asks for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FetchParams {
    /// The number of the last line that the client has. `None` requests all kept lines.
    pub since: Option<u64>,
    /// The number of the last line to return. `None` sets no limit.
    pub until: Option<u64>,
    /// The id of the room that numbered the line `since`. `None` means the server's current room.
    pub room: Option<String>,
    /// How long to wait if there is no line yet: at most [`MAX_WAIT`]. `None` means polling, which does not wait.
    pub wait: Option<Duration>,
}

/// The maximum wait of a long poll: 30 s (RFC 6202, section 5.5). Most proxies give up after 60 s without a response. A
/// client that asks for a longer wait gets 30 s.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

impl Query {
    /// Parses a query. Unknown parameters are ignored. An empty parameter counts as absent, because that is how a form
    /// sends an empty field.
    ///
    /// # Errors
    /// 400 for a parameter that is malformed or given twice.
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
                    query.wait = Some(
                        Duration::from_secs(number("a whole number of seconds")?).min(MAX_WAIT),
                    );
                }
                "room" => query.room = Some(value.into_owned()),
                "key" if is_key(&value) => query.key = Some(value.into_owned()),
                "key" => return Err(malformed("key", "1 to 64 of A-Z, a-z, 0-9, - and _")),
                _ => continue,
            }
            if seen.contains(&parameter) {
                return Err(ErrorResponse::new(
                    400,
                    format!("The parameter {parameter} is given twice."),
                ));
            }
            seen.push(parameter);
        }
        Ok(query)
    }

    /// Returns the parameters of a WebSocket that joins the room.
    pub(crate) fn join_request(self) -> JoinRequest {
        JoinRequest {
            name: self.name,
            since: self.since,
            room: self.room,
            key: self.key,
        }
    }

    /// Returns the parameters of a request for lines.
    pub fn fetch_params(self) -> FetchParams {
        FetchParams {
            since: self.since,
            until: self.until,
            room: self.room,
            // A wait of 0 s is polling.
            wait: self.wait.filter(|wait| !wait.is_zero()),
        }
    }
}

#[inline(never)]
fn name(text: &str) -> Result<Name, ErrorResponse> {
    Name::parse(text)
        .map_err(|error| ErrorResponse::new(400, format!("This is not a name: {error}.")))
}

#[cold]
fn malformed(parameter: &str, form: &str) -> ErrorResponse {
    ErrorResponse::new(400, format!("The parameter {parameter} must be {form}."))
}

fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
