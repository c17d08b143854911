//! HTTP/1.1 (RFC 9112): the heads of requests, as values without socket and thread; below, where they go and what they get.

pub mod answer;
pub mod origin;
pub mod page;
pub mod query;
pub mod refusal;
pub mod request;
pub mod route;

use refusal::Refusal;

/// How long a request's head may be, in bytes: 8 KiB. A longer one is answered with 431.
pub const MAX_HEAD: usize = 8 * 1024;

/// How many header fields a head may have: 64. One more is answered with 431.
pub const MAX_FIELDS: usize = 64;

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
    /// Reads the head at the beginning of `bytes`: `None` while its end has not come, else the head and its length.
    ///
    /// # Errors
    /// 400 for what is not HTTP/1, 431 for a head that is longer than [`MAX_HEAD`] or has more than [`MAX_FIELDS`].
    pub fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD => {
                Ok(Some((Head::from_parsed(&request)?, length)))
            }
            Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => Ok(None),
            Ok(_) => Err(Refusal::new(
                431,
                format!("The head of a request may have at most {MAX_HEAD} bytes."),
            )),
            Err(httparse::Error::TooManyHeaders) => Err(Refusal::new(
                431,
                format!("A request may have at most {MAX_FIELDS} header fields."),
            )),
            Err(error) => Err(Refusal::new(
                400,
                format!("This is not an HTTP/1.1 request: {error}."),
            )),
        }
    }

    fn from_parsed(request: &httparse::Request<'_, '_>) -> Result<Head, Refusal> {
        let target = request.path.unwrap_or_default();
        let mut fields: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|field| {
                let value = String::from_utf8_lossy(field.value).into_owned();
                (field.name.to_ascii_lowercase(), value)
            })
            .collect();
        // RFC 9112, section 3.2.2: a server must accept a whole URL as the target. Its host then counts in place of the
        // field's, which must stand there all the same, and only once.
        let path_and_query = match strip_scheme(target) {
            None => target,
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
                fields
                    .iter_mut()
                    .filter(|(name, _)| name == "host")
                    .for_each(|(_, value)| authority.clone_into(value));
                if path.is_empty() { "/" } else { path }
            }
        };
        if !path_and_query.starts_with('/') {
            return Err(Refusal::new(
                400,
                "The target of a request must begin with a slash.",
            ));
        }
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        Ok(Head {
            method: request.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            is_http_1_1: request.version == Some(1),
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
    pub fn only(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Refusal::new(
                400,
                format!("A request may have the header field {name} only once."),
            )),
        }
    }

    /// Whether a field whose value is a list of words, such as Connection, contains `word` in any case.
    pub fn has_word(&self, name: &str, word: &str) -> bool {
        self.values(name)
            .flat_map(|value| value.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(word))
    }

    /// Whether another request may follow on this connection (RFC 9112, section 9.3). HTTP/1.0 would have to ask for it.
    pub fn persists(&self) -> bool {
        self.is_http_1_1 && !self.has_word("connection", "close")
    }

    /// How long the body of a POST is, in bytes.
    ///
    /// # Errors
    /// 411 without a Content-Length: a body in chunks is not taken. 400 if it is no number, or stands there twice. 413 if
    /// it is more than `max`.
    pub fn content_length(&self, max: usize) -> Result<usize, Refusal> {
        if self.values("transfer-encoding").next().is_some() {
            return Err(Refusal::new(
                411,
                "The body must come whole, with a Content-Length.",
            ));
        }
        let length = self.only("content-length")?;
        let length =
            length.ok_or_else(|| Refusal::new(411, "A POST must have a Content-Length."))?;
        let length = crate::line::decimal(length.trim());
        let length =
            length.ok_or_else(|| Refusal::new(400, "The Content-Length is not a number."))?;
        match usize::try_from(length) {
            Ok(length) if length <= max => Ok(length),
            _ => Err(Refusal::new(
                413,
                format!("A message may have at most {max} bytes."),
            )),
        }
    }

    /// Whether a body follows, which only a POST may have.
    pub fn has_body(&self) -> bool {
        self.values("transfer-encoding").next().is_some()
            || self
                .values("content-length")
                .any(|length| length.trim() != "0")
    }
}

/// What follows `http://`, whose case does not count (RFC 3986, section 3.1).
fn strip_scheme(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once("://")?;
    scheme.eq_ignore_ascii_case("http").then_some(rest)
}
