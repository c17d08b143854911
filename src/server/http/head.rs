//! HTTP/1.1 (RFC 9112): the heads of requests, as values without socket and thread; below, where they go and what they get.

use crate::server::http::error_response::ErrorResponse;
use crate::server::http::request_line::Version;
use crate::server::http::target::Target;

/// How long a request's head may be, in bytes: 8 KiB. A longer one is answered with 431.
pub const MAX_HEAD: usize = 8 * 1024;

/// How many header fields a head may have: 64. One more is answered with 431.
pub const MAX_FIELDS: usize = 64;

/// The fields by which this server decides something. Their values are ASCII.
///
/// In all other fields, any byte from 0x80 on may stand there (RFC 9110, section 5.5).
const DECISIVE_FIELDS: [&str; 9] = [
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
    /// The method as it was sent; methods are case-sensitive.
    pub method: String,
    /// The path without the query, as it was sent.
    pub path: String,
    /// What follows the first `?`, as it was sent; empty if there is none.
    pub query: String,
    /// Whether the request is HTTP/1.1. HTTP/1.0 knows neither upgrades nor keep-alive.
    pub is_http_1_1: bool,
    fields: Vec<(String, String)>,
}

impl Head {
    /// Reads the head at the beginning of `bytes`: `None` while its end has not come, else the head and its length. Empty
    /// lines before the request line count for its length.
    ///
    /// # Errors
    /// 400 for what is not HTTP/1. For a head that is longer than [`MAX_HEAD`]: 414 if its target is what does not fit, else
    /// 431. 431 if it has more than [`MAX_FIELDS`]. 505 for another version of HTTP.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, ErrorResponse> {
        let bytes = bytes.get(..MAX_HEAD).unwrap_or(bytes);
        // On the heap, as the buffers for reading: a page of stack that a thread has touched is its own until it ends.
        let mut fields = vec![httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => {
                Ok(Some((Head::from_parsed(&request)?, length)))
            }
            Ok(httparse::Status::Partial) => incomplete(bytes),
            Err(httparse::Error::Version) => match Version::parse(bytes) {
                Version::Incomplete => incomplete(bytes),
                Version::Later1 { as_1_1 } => Head::parse(&as_1_1),
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
            // The parser has taken away SP and HTAB around the value. No other character is white space in a field.
            if DECISIVE_FIELDS.contains(&&*name) && !field.value.is_ascii() {
                let sentence = format!("The header field {name} may have ASCII characters only.");
                return Err(ErrorResponse::new(400, sentence));
            }
            fields.push((name, String::from_utf8_lossy(field.value).into_owned()));
        }
        let is_http_1_1 = request.version == Some(1);
        let Target {
            authority,
            path,
            query,
        } = Target::parse(request.path.unwrap_or_default())?;
        // RFC 9112, section 3.2.2: the host of a whole URL counts in place of the field's. The field must stand there all
        // the same, and only once; but not in HTTP/1.0, which does not know it.
        if let Some(authority) = authority {
            let mut hosts = fields
                .iter_mut()
                .filter(|(name, _)| name == "host")
                .peekable();
            if hosts.peek().is_none() && !is_http_1_1 {
                fields.push(("host".to_owned(), authority.to_owned()));
            } else {
                hosts.for_each(|(_, value)| authority.clone_into(value));
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

    /// The values of all fields with this name, which is given in lower case, in their order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// The only value of a field, or `None` if it is absent.
    ///
    /// # Errors
    /// 400 if it stands there twice: two readers of such a request could take different values.
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

    /// The words of a field whose value is a list, such as Connection (RFC 9110, section 5.6.1).
    pub fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name)
            .flat_map(|value| value.split(','))
            .map(|word| word.trim_matches([' ', '\t']))
            .filter(|word| !word.is_empty())
    }

    /// Whether a field whose value is a list of words contains `word` in any case.
    pub fn has_word(&self, name: &str, word: &str) -> bool {
        self.words(name).any(|item| item.eq_ignore_ascii_case(word))
    }

    /// Whether another request may follow on this connection (RFC 9112, section 9.3). HTTP/1.0 would have to ask for it.
    pub fn persists(&self) -> bool {
        self.is_http_1_1 && !self.has_word("connection", "close")
    }

    /// Whether a body follows, which only a POST may have.
    pub fn has_body(&self) -> bool {
        self.values("transfer-encoding").next().is_some()
            || self.values("content-length").any(|length| length != "0")
    }
}

/// What a head is whose end has not come: `None` if it still may.
fn incomplete(bytes: &[u8]) -> Result<Option<(Head, usize)>, ErrorResponse> {
    if bytes.len() < MAX_HEAD {
        Ok(None)
    } else if crate::server::http::request_line::ends_in_target(bytes) {
        Err(ErrorResponse::new(
            414,
            format!("A target must fit in a head, which may have at most {MAX_HEAD} bytes."),
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
