//! Parses what httparse does not report about the first line of a request (RFC 9112, sections 2.2 and 3).

/// Returns the length of the empty lines at the front of `bytes`. A server ignores them before a request, because some
/// clients send one after a body.
pub fn empty_lines(bytes: &[u8]) -> usize {
    let mut length = 0;
    loop {
        length += match bytes.get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\n', ..]) => 1,
            _ => return length,
        };
    }
}

/// Returns the first line that is not empty, without its line end, and whether the line is complete.
fn first_line(bytes: &[u8]) -> (&[u8], bool) {
    let rest = &bytes[empty_lines(bytes)..];
    let mut lines = rest.splitn(2, |byte| *byte == b'\n');
    let line = lines.next().unwrap_or_default();
    (
        line.strip_suffix(b"\r").unwrap_or(line),
        lines.next().is_some(),
    )
}

/// Returns whether these bytes break off in the first line of a head, after the method.
pub(crate) fn ends_in_target(bytes: &[u8]) -> bool {
    let (line, is_whole) = first_line(bytes);
    !is_whole && line.contains(&b' ')
}

/// The form of a version. Each 0 stands for a digit.
const FORM: &[u8] = b"HTTP/0.0";

/// The version in a request line, unless it is HTTP/1.0 or HTTP/1.1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Version {
    /// The rest of the version has not arrived yet.
    Incomplete,
    /// HTTP/1.2 to HTTP/1.9. A server treats these as its newest version of HTTP/1 (RFC 9110, section 2.5).
    LaterHttp1 {
        /// The parsed bytes, with the version replaced by HTTP/1.1.
        as_http_1_1: Vec<u8>,
    },
    /// A version of HTTP that is not HTTP/1, such as HTTP/2.0.
    Other,
    /// Something that is not a version of HTTP.
    Malformed,
}

impl Version {
    /// Parses the version of the request whose head begins with these bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Version {
        let (line, is_whole) = first_line(bytes);
        let Some(version) = line.splitn(3, |byte| *byte == b' ').nth(2) else {
            return Version::Malformed;
        };
        let fits = |(byte, form): (&u8, &u8)| match form {
            b'0' => byte.is_ascii_digit(),
            form => byte == form,
        };
        if version.len() > FORM.len() || !version.iter().zip(FORM).all(fits) {
            return Version::Malformed;
        }
        match version {
            _ if version.len() < FORM.len() && is_whole => Version::Malformed,
            _ if version.len() < FORM.len() => Version::Incomplete,
            [.., b'1', b'.', b'2'..=b'9'] => {
                let minor = empty_lines(bytes) + line.len() - 1;
                let before = &bytes[..minor];
                let rest = &bytes[minor + 1..];
                Version::LaterHttp1 {
                    as_http_1_1: [before, b"1", rest].concat(),
                }
            }
            _ => Version::Other,
        }
    }
}
