//! The first line of a request, where its parser does not see what this server has to know (RFC 9112, sections 2.2 and 3).

/// How many bytes at the front of `bytes` are empty lines. A server ignores those before a request: some clients send one
/// after a body.
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

/// The first line that is not empty, without its end, and whether its end has come.
fn first_line(bytes: &[u8]) -> (&[u8], bool) {
    let rest = bytes.get(empty_lines(bytes)..).unwrap_or_default();
    let mut lines = rest.splitn(2, |byte| *byte == b'\n');
    let line = lines.next().unwrap_or_default();
    (
        line.strip_suffix(b"\r").unwrap_or(line),
        lines.next().is_some(),
    )
}

/// Whether these bytes, the beginning of a head, end within the target of the request.
pub fn ends_in_target(bytes: &[u8]) -> bool {
    let (line, is_whole) = first_line(bytes);
    !is_whole && line.contains(&b' ')
}

/// The version at the end of a request line that is neither HTTP/1.0 nor HTTP/1.1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Version {
    /// Its end has not come yet.
    Incomplete,
    /// HTTP/1.2 to HTTP/1.9. A server takes it for the newest HTTP/1 that it knows (RFC 9110, section 2.5).
    Later1 {
        /// The bytes of the head with HTTP/1.1 in place of it.
        as_1_1: Vec<u8>,
    },
    /// Another version of HTTP.
    Other,
    /// No version of HTTP.
    Malformed,
}

impl Version {
    /// The version of the request whose head begins with these bytes.
    pub fn parse(bytes: &[u8]) -> Version {
        let (line, is_whole) = first_line(bytes);
        let Some(version) = line.splitn(3, |byte| *byte == b' ').nth(2) else {
            return Version::Malformed;
        };
        let fits = |(byte, form): (&u8, &u8)| match form {
            b'0' => byte.is_ascii_digit(),
            form => byte == form,
        };
        const FORM: &[u8] = b"HTTP/0.0";
        if version.len() > FORM.len() || !version.iter().zip(FORM).all(fits) {
            return Version::Malformed;
        }
        match version {
            _ if version.len() < FORM.len() && is_whole => Version::Malformed,
            _ if version.len() < FORM.len() => Version::Incomplete,
            [.., b'1', b'.', b'2'..=b'9'] => {
                let minor = empty_lines(bytes) + line.len() - 1;
                let before = bytes.get(..minor).unwrap_or_default();
                let rest = bytes.get(minor + 1..).unwrap_or_default();
                Version::Later1 {
                    as_1_1: [before, b"1", rest].concat(),
                }
            }
            _ => Version::Other,
        }
    }
}
