//! The parser of chunked bodies, compared with httparse, for any division of the bytes into reads.

use blocking_chat::server::http::body::Body;
use blocking_chat::server::http::head::{Head, MAX_HEAD};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::pieces::{cut, lengths, mostly_valid};
use crate::runner::check_property;

/// The maximum length of a body that our parser accepts in these tests, in bytes.
const MAX_BODY: usize = 2000;

/// The body and its length on the wire, `None` if the body is incomplete, or the status of an error.
type ReadResult = Result<Option<(Vec<u8>, usize)>, u16>;

/// Reads a body as a connection does: after each read, the parser gets the bytes that it has not consumed, and then the
/// new ones.
fn read_in_pieces(bytes: &[u8], lengths: &[usize]) -> ReadResult {
    let head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (head, _) = Head::parse(head).unwrap().unwrap();
    let mut body = Body::new(&head, MAX_BODY).unwrap();
    let (mut unread, mut consumed) = (Vec::new(), 0);
    for piece in cut(bytes, lengths) {
        unread.extend_from_slice(piece);
        let used = body.consume(&unread).map_err(|error| error.status)?;
        unread.drain(..used);
        consumed += used;
        if body.is_complete() {
            return Ok(Some((body.into_bytes(), consumed)));
        }
        assert!(unread.len() < MAX_HEAD, "{} bytes are unread", unread.len());
    }
    Ok(None)
}

/// A chunked body: chunks with their extensions, the last chunk's extension, and the trailer fields.
#[derive(Clone, Debug)]
struct Chunks {
    chunks: Vec<(Vec<u8>, String)>,
    last: String,
    trailers: Vec<String>,
}

fn chunks() -> impl Strategy<Value = Chunks> {
    let extension = prop_oneof![
        3 => Just(String::new()),
        2 => "[ \t]{0,2};[a-z]{1,9}(=([a-z]{1,9}|\"[ -!#-~]{0,9}\"))?",
        1 => ";[a-z]{1,230}",
    ];
    let data = prop_oneof![vec(any::<u8>(), 1..40), vec(any::<u8>(), 1..900)];
    let trailers = vec("[A-Za-z-]{1,9}:[ a-z]{0,30}", 0..5);
    (vec((data, extension.clone()), 0..6), extension, trailers).prop_map(
        |(chunks, last, trailers)| Chunks {
            chunks,
            last,
            trailers,
        },
    )
}

impl Chunks {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (data, extension) in &self.chunks {
            bytes.extend(format!("{:X}{extension}\r\n", data.len()).into_bytes());
            bytes.extend(data);
            bytes.extend(b"\r\n");
        }
        bytes.extend(format!("0{}\r\n", self.last).into_bytes());
        for trailer in &self.trailers {
            bytes.extend(format!("{trailer}\r\n").into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes
    }

    fn data(&self) -> Vec<u8> {
        let data = self.chunks.iter().map(|(data, _)| data.as_slice());
        data.collect::<Vec<_>>().concat()
    }
}

/// Generates bytes that are a chunked body, or nearly one.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let valid = chunks().prop_map(|chunks| chunks.to_bytes());
    mostly_valid(valid, 300, 20, ("0\r\n(A: b\r\n){0,3}A", "[a-z:]{1,20}"))
}

/// Reads the whole body with httparse's parser for chunk sizes, which accepts more than our parser. Returns `None` if
/// the body is incomplete or invalid.
fn read_by_httparse(mut bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (length, mut body) = (bytes.len(), Vec::new());
    loop {
        let Ok(httparse::Status::Complete((begin, size))) = httparse::parse_chunk_size(bytes)
        else {
            return None;
        };
        bytes = &bytes[begin..];
        if size == 0 {
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let Ok(httparse::Status::Complete((end, _))) =
                httparse::parse_headers(bytes, &mut fields)
            else {
                return None;
            };
            return Some((body, length - bytes.len() + end));
        }
        let size = usize::try_from(size).ok()?;
        body.extend(bytes.get(..size)?);
        bytes = bytes.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[test]
fn body_is_read_as_it_was_written() {
    check_property(100, &(chunks(), lengths()), |(chunks, lengths)| {
        let mut bytes = chunks.to_bytes();
        let (length, data) = (bytes.len(), chunks.data());
        bytes.extend(b"GET / HTTP/1.1\r\n");
        let read = read_in_pieces(&bytes, &lengths);
        if data.len() > MAX_BODY {
            assert_eq!(read, Err(413));
        } else {
            assert_eq!(read, Ok(Some((data, length))));
        }
    });
}

#[test]
fn body_does_not_depend_on_the_division_into_reads() {
    check_property(80, &(bytes(), lengths()), |(bytes, lengths)| {
        let undivided = read_in_pieces(&bytes, &[bytes.len().max(1)]);
        assert_eq!(read_in_pieces(&bytes, &lengths), undivided);
    });
}

#[test]
fn body_agrees_with_httparse_and_keeps_the_limit() {
    check_property(80, &(bytes(), lengths()), |(bytes, lengths)| {
        match read_in_pieces(&bytes, &lengths) {
            Ok(Some((body, consumed))) => {
                assert!(body.len() <= MAX_BODY);
                assert_eq!(read_by_httparse(&bytes), Some((body, consumed)));
            }
            Ok(None) => assert_eq!(read_by_httparse(&bytes), None),
            // Our parser allows less: it refuses a bare LF, white space between a size and its line end, long
            // extensions, long trailers and long bodies.
            Err(status) => assert!([400, 413, 431].contains(&status), "{status}"),
        }
    });
}
