//! The parser of heads, compared with httparse, for any division of the bytes into reads.

use blocking_chat::server::http::head::{Head, MAX_FIELDS, MAX_HEAD};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::pieces::{cut, lengths, mostly_valid};
use crate::runner::check_property;

/// A parsed head and its length, `None` if more bytes may complete the head, or the status of an error.
type Parsed = Result<Option<(Head, usize)>, u16>;

fn parse(bytes: &[u8]) -> Parsed {
    Head::parse(bytes).map_err(|error| error.status)
}

/// Returns a result as text, because a `Head` cannot be compared.
fn comparable(parsed: &Parsed) -> String {
    format!("{parsed:?}")
}

/// Parses all received bytes after each read, as [`RequestReader`] does. Returns the first result other than
/// `Ok(None)`, or `Ok(None)` if all results are `Ok(None)`.
///
/// [`RequestReader`]: blocking_chat::server::connection::requests::RequestReader
fn parse_in_pieces(bytes: &[u8], lengths: &[usize]) -> Parsed {
    let mut unread = Vec::new();
    for piece in cut(bytes, lengths) {
        unread.extend_from_slice(piece);
        match parse(&unread) {
            Ok(None) => {}
            decided => return decided,
        }
    }
    Ok(None)
}

/// A field: its name and its value.
type Field = (String, String);

fn fields() -> impl Strategy<Value = Vec<Field>> {
    let name = prop_oneof![
        "[A-Za-z][A-Za-z0-9_-]{0,20}",
        Just("Host".to_owned()),
        Just("Content-Length".to_owned()),
        Just("Transfer-Encoding".to_owned()),
        Just("Connection".to_owned()),
    ];
    let value = prop_oneof![
        10 => "([!-~]([ -~\t]{0,30}[!-~])?)?",
        1 => (1_usize..4000).prop_map(|length| "v".repeat(length)),
    ];
    let few = vec((name.clone(), value.clone()), 0..8);
    let many = vec(
        (
            name,
            value.prop_map(|value| value[..value.len().min(9)].trim().to_owned()),
        ),
        60..70,
    );
    prop_oneof![9 => few, 1 => many]
}

/// The parts of a valid request.
#[derive(Clone, Debug)]
struct Request {
    empty_lines: String,
    method: String,
    path: String,
    query: Option<String>,
    version: u8,
    fields: Vec<Field>,
    line_end: &'static str,
}

fn request() -> impl Strategy<Value = Request> {
    let line_end = prop_oneof![4 => Just("\r\n"), 1 => Just("\n")];
    let query = proptest::option::of("[a-z=&?%0-9]{0,30}");
    let first_line = ("[A-Z]{1,8}", "/[a-z/.%]{0,20}", query, 0_u8..10);
    ("(\r\n|\n){0,3}", first_line, fields(), line_end).prop_map(
        |(empty_lines, (method, path, query, version), fields, line_end)| Request {
            empty_lines,
            method,
            path,
            query,
            version,
            fields,
            line_end,
        },
    )
}

impl Request {
    fn to_bytes(&self) -> Vec<u8> {
        let Request {
            empty_lines,
            method,
            path,
            version,
            line_end,
            ..
        } = self;
        let query = self.query.as_ref().map(|query| format!("?{query}"));
        let query = query.unwrap_or_default();
        let mut head = format!("{empty_lines}{method} {path}{query} HTTP/1.{version}{line_end}");
        for (name, value) in &self.fields {
            head += &format!("{name}: \t{value} {line_end}");
        }
        (head + line_end).into_bytes()
    }
}

/// Generates bytes that are a request, or nearly one.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let valid = request().prop_map(|request| request.to_bytes());
    mostly_valid(valid, 200, 40, ("GET /[a]{0,20}", "[ -~]{1,30}"))
}

/// A generated request is valid, so it may be refused only for its length or for too many fields.
#[test]
fn every_part_of_a_request_is_read_as_it_was_written() {
    check_property(100, &(request(), lengths()), |(request, lengths)| {
        let mut bytes = request.to_bytes();
        let length = bytes.len();
        bytes.extend(b"the next");
        let head = match parse_in_pieces(&bytes, &lengths) {
            Ok(Some((head, parsed))) => {
                assert_eq!(parsed, length);
                head
            }
            Err(431) => {
                assert!(length > MAX_HEAD || request.fields.len() > MAX_FIELDS);
                return;
            }
            other => panic!("{other:?}"),
        };
        assert!(length <= MAX_HEAD && request.fields.len() <= MAX_FIELDS);
        assert_eq!(head.method, request.method);
        assert_eq!(head.path, request.path);
        assert_eq!(head.query, request.query.unwrap_or_default());
        assert_eq!(head.is_http_1_1, request.version > 0);
        for (name, _) in &request.fields {
            let name = name.to_lowercase();
            let written = request
                .fields
                .iter()
                .filter(|(other, _)| other.to_lowercase() == name);
            let written: Vec<&str> = written.map(|(_, value)| value.as_str()).collect();
            assert_eq!(head.values(&name).collect::<Vec<_>>(), written, "{name}");
        }
    });
}

#[test]
fn head_does_not_depend_on_the_division_into_reads() {
    check_property(100, &(bytes(), lengths()), |(bytes, lengths)| {
        let whole = parse(&bytes);
        let in_pieces = parse_in_pieces(&bytes, &lengths);
        assert_eq!(comparable(&in_pieces), comparable(&whole));
    });
}

#[test]
fn nothing_after_the_limit_of_a_head_is_read() {
    check_property(
        100,
        &(bytes(), vec(any::<u8>(), 0..9000)),
        |(bytes, appended)| {
            let bytes = [bytes, appended].concat();
            let parsed = parse(&bytes);
            let most = &bytes[..bytes.len().min(MAX_HEAD)];
            assert_eq!(comparable(&parsed), comparable(&parse(most)));
            match parsed {
                Ok(Some((_, length))) => assert!(length <= most.len()),
                Ok(None) => assert!(bytes.len() < MAX_HEAD, "more would be read"),
                Err(_) => {}
            }
        },
    );
}

#[test]
fn head_agrees_with_httparse() {
    check_property(150, &bytes(), |bytes| {
        let most = &bytes[..bytes.len().min(MAX_HEAD)];
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match (request.parse(most), parse(&bytes)) {
            (Ok(httparse::Status::Complete(length)), Ok(Some((head, parsed)))) => {
                assert_eq!(parsed, length);
                assert_eq!(Some(&*head.method), request.method);
                assert_eq!(
                    Some(head.is_http_1_1),
                    request.version.map(|minor| minor == 1)
                );
                for field in request.headers.iter() {
                    let value = String::from_utf8_lossy(field.value);
                    let name = field.name.to_lowercase();
                    // The host of an absolute URL replaces the value of the `Host` field.
                    let is_replaced = name == "host" && !request.path.unwrap().starts_with('/');
                    assert!(is_replaced || head.values(&name).any(|found| found == value));
                }
            }
            // Our parser has additional rules for the fields and the target.
            (Ok(httparse::Status::Complete(_)), Err(400)) => {}
            (Ok(httparse::Status::Partial), Ok(None)) => assert!(bytes.len() < MAX_HEAD),
            (Ok(httparse::Status::Partial), Err(414 | 431)) => assert!(bytes.len() >= MAX_HEAD),
            (Err(httparse::Error::TooManyHeaders), Err(431)) => {}
            // httparse knows only two versions, and does not read the rest of a head with another version.
            (Err(httparse::Error::Version), _) => {}
            (Err(_), Err(400)) => {}
            (expected, parsed) => panic!("{expected:?}, but {parsed:?}"),
        }
    });
}
