//! HTTP/1.1 for the two polling steps: reads requests and sends responses. It covers only the part of RFC 9112 that curl
//! and browsers need here.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

use super::lesson;

/// The maximum length of a request's head, in bytes. `MAX_BODY` limits the body.
const MAX_HEAD: u64 = 8 * 1024;
const MAX_BODY: usize = 16 * 1024;

/// Returns the page, which polls the server with the given pause between two requests.
pub fn page(pause_in_milliseconds: u32) -> String {
    let pause = pause_in_milliseconds.to_string();
    include_str!("page.html").replace("PAUSE", &pause)
}

/// A request, and its size in bytes.
pub struct HttpRequest {
    pub method: String,
    pub target: String,
    pub body: String,
    pub bytes: usize,
}

impl HttpRequest {
    /// Reads a request, and blocks until all of it has arrived. Returns `None` if the connection ends before a request begins.
    pub fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<HttpRequest>> {
        let mut head = String::new();
        let mut limited = stream.by_ref().take(MAX_HEAD);
        while !head.ends_with("\r\n\r\n") {
            if limited.read_line(&mut head)? == 0 {
                if head.is_empty() {
                    return Ok(None);
                }
                let sentence = "the head of a request is incomplete or too long";
                return Err(io::Error::other(sentence));
            }
        }
        let mut words = head.split_whitespace().map(str::to_owned);
        let method = words.next().unwrap_or_default();
        let target = words.next().unwrap_or_default();
        let mut body = vec![0; content_length(&head)?];
        stream.read_exact(&mut body)?;
        Ok(Some(HttpRequest {
            method,
            target,
            bytes: head.len() + body.len(),
            body: String::from_utf8_lossy(&body).into_owned(),
        }))
    }

    /// Sends the response, and logs the sizes of the request and the response.
    pub fn answer(
        &self,
        mut to: &TcpStream,
        status: &str,
        kind: &str,
        body: &str,
    ) -> io::Result<()> {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\n\r\n{body}"
        );
        to.write_all(answer.as_bytes())?;
        let (up, down, lines) = (self.bytes, answer.len(), body.lines().count());
        let HttpRequest { method, target, .. } = self;
        lesson::log(format!(
            "{method} {target}: {up} bytes up, {down} bytes down, {lines} lines"
        ));
        Ok(())
    }

    /// Returns the target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns the number N of `since=N` in the query, or 0 if the query has no valid `since`.
    pub fn since(&self) -> u64 {
        let value = self.target.split(['?', '&']);
        let mut value = value.filter_map(|pair| pair.strip_prefix("since="));
        value.next().and_then(|n| n.parse().ok()).unwrap_or(0)
    }
}

fn content_length(head: &str) -> io::Result<usize> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let Some((_, value)) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
    else {
        return Ok(0);
    };
    let length = value.trim().parse().ok();
    length.filter(|length| *length <= MAX_BODY).ok_or_else(|| {
        io::Error::new(
            ErrorKind::InvalidData,
            "the Content-Length of a request is invalid or too large",
        )
    })
}
