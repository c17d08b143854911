//! The head of a request as a value (HTTP/1.1, RFC 9112). No socket, no thread.

use crate::server::http::error_response::ErrorResponse;
use crate::server::http::request_line::{Version, ends_in_target};
use crate::server::http::target::RequestTarget;

/// The maximum length of a request's head: 8 KiB. A longer one is answered with 414 or 431.
pub const MAX_HEAD: usize = 8 * 1024;

/// The maximum number of header fields in a head: 64. A head with more is answered with 431.
pub const MAX_FIELDS: usize = 64;

/// The fields that decide how this server answers. Their values must be ASCII.
///
/// The values of all other fields may also contain bytes above 0x7F (RFC 9110, section 5.5).
const ASCII_FIELDS: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "origin",
    "sec-websocket-key",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
];

/// The head of a request: everything up to the empty line.
#[derive(Clone, Debug)]
pub struct Head {
    /// The method as the client sent it. Methods are case-sensitive.
    pub method: String,
    /// The path without the query, as the client sent it.
    pub path: String,
    /// The text after the first `?`, as the client sent it. Empty if there is no `?`.
    pub query: String,
    /// Whether the request is HTTP/1.1. This server supports neither upgrades nor keep-alive in HTTP/1.0.
    pub is_http_1_1: bool,
    fields: Vec<(String, String)>,
}

impl Head {
    /// Parses the head at the beginning of `bytes`. Returns the head and its length, or `None` while the head is
    /// incomplete. The length includes any empty lines before the request line.
    ///
    /// # Errors
    /// - 400: the head or its target is malformed, or a field that must be ASCII is not.
    /// - 414: the target does not fit in [`MAX_HEAD`].
    /// - 431: the head does not fit in [`MAX_HEAD`], or has more than [`MAX_FIELDS`] fields.
    /// - 505: the version of HTTP is not supported.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, ErrorResponse> {
        let bytes = bytes.get(..MAX_HEAD).unwrap_or(bytes);
        // The fields are on the heap, like the read buffers: a thread keeps every page of its stack that it has used.
        let mut fields = vec![httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => {
                Ok(Some((Head::from_parsed(&request)?, length)))
            }
            Ok(httparse::Status::Partial) => incomplete(bytes),
            Err(httparse::Error::Version) => match Version::parse(bytes) {
                Version::Incomplete => incomplete(bytes),
                Version::LaterHttp1 { as_http_1_1 } => Head::parse(&as_http_1_1),
                Version::Other => Err(ErrorResponse::new(
                    505,
                    "This server speaks HTTP/1.1 and HTTP/1.0.",
                )),
                Version::Malformed => Err(malformed(httparse::Error::Version)),
            },
            Err(httparse::Error::TooManyHeaders) => Err(ErrorResponse::new(
                431,
                format!("A request may have at most {MAX_FIELDS} header fields."),
            )),
            Err(error) => Err(malformed(error)),
        }
    }

    fn from_parsed(request: &httparse::Request<'_, '_>) -> Result<Head, ErrorResponse> {
        let mut fields = Vec::with_capacity(request.headers.len());
        for field in request.headers.iter() {
            let name = field.name.to_ascii_lowercase();
            // The value needs no trimming: the parser has removed SP and HTAB, and nothing else is white space here.
            if ASCII_FIELDS.contains(&&*name) && !field.value.is_ascii() {
                let sentence =
                    format!("The header field {name} may contain only ASCII characters.");
                return Err(ErrorResponse::new(400, sentence));
            }
            fields.push((name, String::from_utf8_lossy(field.value).into_owned()));
        }
        let is_http_1_1 = request.version == Some(1);
        let RequestTarget {
            authority,
            path,
            query,
        } = RequestTarget::parse(request.path.unwrap_or_default())?;
        // RFC 9112, section 3.2.2: the host of an absolute URL replaces the value of Host. The field must still be
        // present exactly once, or at most once in HTTP/1.0.
        if let Some(authority) = authority {
            let mut hosts = fields
                .iter_mut()
                .filter(|(name, _)| name == "host")
                .peekable();
            if hosts.peek().is_none() && !is_http_1_1 {
                fields.push(("host".to_owned(), authority.to_owned()));
            } else {
                for (_, value) in hosts {
                    authority.clone_into(value);
                }
            }
        }
        Ok(Head {
            method: request.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            is_http_1_1,
            fields,
        })
    }

    /// Returns the values of all fields with this name, in order. `name` must be in lower case.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the only value of a field, or `None` if the field is absent.
    ///
    /// # Errors
    /// 400 if the field is given more than once: two readers of such a request could use different values.
    pub fn only(&self, name: &str) -> Result<Option<&str>, ErrorResponse> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(ErrorResponse::new(
                400,
                format!("A request may have the header field {name} only once."),
            )),
        }
    }

    /// Returns the items of a field whose value is a list, such as Connection (RFC 9110, section 5.6.1).
    pub fn list_items(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name)
            .flat_map(|value| value.split(','))
            .map(|item| item.trim_matches([' ', '\t']))
            .filter(|item| !item.is_empty())
    }

    /// Returns whether the list in the field `name` contains `item`. The case of `item` is ignored.
    pub fn has_list_item(&self, name: &str, item: &str) -> bool {
        self.list_items(name)
            .any(|it| it.eq_ignore_ascii_case(item))
    }

    /// Returns whether another request may follow on this connection (RFC 9112, section 9.3). After an HTTP/1.0
    /// request, none may follow.
    pub fn persists(&self) -> bool {
        self.is_http_1_1 && !self.has_list_item("connection", "close")
    }

    /// Returns whether a body follows. Only a POST may have one.
    pub fn has_body(&self) -> bool {
        self.values("transfer-encoding").next().is_some()
            || self.values("content-length").any(|length| length != "0")
    }
}

/// Returns `None` if the end of an incomplete head may still arrive, and an error if the head is too long.
fn incomplete(bytes: &[u8]) -> Result<Option<(Head, usize)>, ErrorResponse> {
    if bytes.len() < MAX_HEAD {
        Ok(None)
    } else if ends_in_target(bytes) {
        Err(ErrorResponse::new(
            414,
            format!(
                "The target of the request is too long: a head may have at most {MAX_HEAD} bytes."
            ),
        ))
    } else {
        Err(ErrorResponse::new(
            431,
            format!("The head of a request may have at most {MAX_HEAD} bytes."),
        ))
    }
}

fn malformed(error: httparse::Error) -> ErrorResponse {
    ErrorResponse::new(400, format!("This is not an HTTP/1.1 request: {error}."))
}
