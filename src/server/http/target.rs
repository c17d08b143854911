//! The target in the first line of a request (RFC 9112, section 3.2).

use crate::server::http::error_response::ErrorResponse;

/// The parts of a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RequestTarget<'a> {
    /// The host of an absolute URL, with its port if it has one. `None` for other targets.
    pub authority: Option<&'a str>,
    /// The path without the query, or `*`.
    pub path: &'a str,
    /// The text after the first `?`. Empty if there is no `?`.
    pub query: &'a str,
}

impl RequestTarget<'_> {
    /// Parses a target: a path, an absolute `http` URL or `*`.
    ///
    /// # Errors
    /// 400 for anything else, such as a target of only a host and a port. That form is for CONNECT, which only proxies
    /// serve.
    pub(crate) fn parse(target: &str) -> Result<RequestTarget<'_>, ErrorResponse> {
        let (authority, rest) = match target.split_once("://") {
            // A scheme may be in any case (RFC 3986, section 3.1).
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
                let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
                (Some(authority), rest)
            }
            _ => (None, target),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        // Only an absolute URL may omit its path.
        let path = match path {
            "" if authority.is_some() => "/",
            path => path,
        };
        if path.starts_with('/') || target == "*" {
            Ok(RequestTarget {
                authority,
                path,
                query,
            })
        } else {
            Err(ErrorResponse::new(
                400,
                "The target of a request must begin with a slash.",
            ))
        }
    }
}
