//! A small HTTP client on a bare socket. It can send malformed requests too.

use std::time::Duration;

use super::chat::Endpoint;
use super::process::TIMEOUT;
use super::raw_client::RawClient;
use super::wait::until;

/// A connection for successive or pipelined requests.
pub struct HttpClient(pub RawClient);

/// A response. The body is empty if it has not been read.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Returns a GET request with only the required header fields.
pub fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Sends a GET on a new connection, and sends it again on another connection after each 408. On a busy machine, a
/// request may arrive after the handshake timeout.
pub fn get_in_time(endpoint: &Endpoint, target: &str) -> Response {
    let fetch = || HttpClient::connect(endpoint).get(target);
    until(fetch, |response| response.status != 408)
}

/// Returns a POST request with this body.
pub fn post(target: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}")
}

impl Response {
    /// Returns the value of a header field, or `None` if there is no such field. Panics if the field occurs twice.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value);
        assert!(values.next().is_none(), "{name} twice in {}", self.head);
        value
    }

    /// Returns whether the response announces the end of the connection.
    pub fn is_last(&self) -> bool {
        self.field("Connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Returns the room's lines from the body. Panics if the status is neither 200 nor 201, or if the last line has no
    /// newline.
    #[track_caller]
    pub fn lines(&self) -> Vec<&str> {
        assert!(matches!(self.status, 200 | 201), "{self:?}");
        assert!(
            self.body.is_empty() || self.body.ends_with('\n'),
            "{self:?}"
        );
        self.body.lines().collect()
    }
}

impl HttpClient {
    pub fn connect(endpoint: &Endpoint) -> HttpClient {
        HttpClient(RawClient::connect(endpoint.address).unwrap())
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.send_bytes(bytes.as_ref()).unwrap();
    }

    /// Sends a GET and reads the response.
    pub fn get(&mut self, target: &str) -> Response {
        self.send(get(target));
        self.read_response()
    }

    /// Sends a POST and reads the response.
    pub fn post(&mut self, target: &str, body: &str) -> Response {
        self.send(post(target, body));
        self.read_response()
    }

    /// Reads the next response, which should arrive promptly.
    pub fn read_response(&mut self) -> Response {
        self.read_response_within(TIMEOUT)
    }

    /// Reads the next response. Panics if its head does not arrive within `limit`.
    pub fn read_response_within(&mut self, limit: Duration) -> Response {
        let mut response = self.read_response_head(limit);
        let length: usize = response.field("Content-Length").unwrap().parse().unwrap();
        let body = self.0.read_bytes(length).unwrap();
        response.body = String::from_utf8(body).unwrap();
        response
    }

    /// Reads only the head of the next response. The body, if there is one, stays unread.
    pub fn read_response_head(&mut self, limit: Duration) -> Response {
        let head = self.0.read_head(limit).unwrap();
        let status = head
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3));
        Response {
            status: status.expect(&head).parse().unwrap(),
            body: String::new(),
            head,
        }
    }

    /// Asserts that the stream ends without any more bytes.
    #[track_caller]
    pub fn expect_end(&mut self) {
        assert_eq!(self.0.read_to_end(TIMEOUT).unwrap(), b"");
    }
}
