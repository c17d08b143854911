use crate::server::http::chunked::*;

const MAX: usize = 40;

/// The body and the bytes after it, or `None` if the body is incomplete. The error is the status of the error response.
type Read = Result<Option<(Vec<u8>, Vec<u8>)>, u16>;

/// Parses `bytes` in pieces of `piece` bytes.
fn read_in_pieces(bytes: &[u8], piece: usize) -> Read {
    let mut body = ChunkedBody::new(MAX);
    let mut unread = Vec::new();
    for piece in bytes.chunks(piece) {
        unread.extend_from_slice(piece);
        let consumed = body.consume(&unread).map_err(|refusal| refusal.status)?;
        unread.drain(..consumed);
    }
    let is_complete = body.is_complete();
    Ok(is_complete.then(|| (body.into_bytes(), unread)))
}

/// Parses `bytes` as a whole and in pieces of many lengths. Fails if the results differ.
#[track_caller]
fn read(bytes: &[u8]) -> Read {
    let whole = read_in_pieces(bytes, bytes.len());
    let every: Vec<_> = (1..bytes.len().min(100)).collect();
    let few = vec![7, 64, 255, 256, 257, 2048];
    for piece in if bytes.len() < 1000 { every } else { few } {
        assert_eq!(read_in_pieces(bytes, piece), whole, "in pieces of {piece}");
    }
    whole
}

#[track_caller]
fn assert_body(bytes: impl AsRef<[u8]>, body: &str, rest: &str) {
    let expected = (body.as_bytes().to_vec(), rest.as_bytes().to_vec());
    assert_eq!(read(bytes.as_ref()), Ok(Some(expected)));
}

#[track_caller]
fn assert_refused(bytes: impl AsRef<[u8]>, status: u16) {
    let bytes = bytes.as_ref();
    assert_eq!(
        read(bytes),
        Err(status),
        "{:?}",
        String::from_utf8_lossy(bytes)
    );
}

#[test]
fn chunks_are_joined_however_they_arrive() {
    assert_body("5\r\nhello\r\n0\r\n\r\n", "hello", "");
    assert_body("0\r\n\r\n", "", "");
    assert_body(
        "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /",
        "hello world",
        "GET /",
    );
    assert_body(
        "A\r\n0123456789\r\na\r\n0123456789\r\n00\r\n\r\n",
        "01234567890123456789",
        "",
    );
    assert_body("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", "");
}

#[test]
fn extensions_and_trailers_are_parsed_and_dropped() {
    assert_body(
        "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\nX: y\r\nZ:\r\n\r\nrest",
        "hello",
        "rest",
    );
    assert_body("5 ; a\r\nhello\r\n0\r\n\r\n", "hello", "");
    assert_body(
        "5\t;a\r\nhello\r\n0\r\nContent-Length: 7\r\n\r\n",
        "hello",
        "",
    );
}

#[test]
fn body_is_incomplete_until_its_last_byte() {
    let whole = b"5;x\r\nhello\r\n0\r\nX: y\r\n\r\n";
    for length in 1..whole.len() {
        assert_eq!(read(&whole[..length]), Ok(None), "{length}");
    }
}

#[test]
fn malformed_chunk_is_refused() {
    for bytes in [
        "\r\nhello\r\n0\r\n\r\n",
        "x\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "5 5\r\nhello\r\n0\r\n\r\n",
        "5\u{a0};x\r\nhello\r\n0\r\n\r\n",
        "5;\0\r\nhello\r\n0\r\n\r\n",
        "5;x\rhello\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5;x\nhello\r\n0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\r\n\r\n0\r\n\r\n",
        "0\r\n\n",
        "0\r\nX: y\n\r\n",
        "0\r\nX: y\r\n\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\n folded: x\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\nX: \0\r\n\r\n",
    ] {
        assert_refused(bytes, 400);
    }
}

#[test]
fn body_above_the_limit_is_refused() {
    let longest = "x".repeat(MAX);
    assert_body(format!("{MAX:x}\r\n{longest}\r\n0\r\n\r\n"), &longest, "");
    let each = "1\r\nx\r\n".repeat(MAX);
    assert_body(format!("{each}0\r\n\r\n"), &longest, "");
    assert_refused(format!("{:x}\r\n", MAX + 1), 413);
    assert_refused(format!("{each}1\r\nx\r\n0\r\n\r\n"), 413);
    assert_refused("ffffffffffffffff\r\n", 413);
    assert_refused("1\r\nx\r\nffffffffffffffff\r\n", 413);
}

#[test]
fn chunk_size_has_at_most_16_digits() {
    assert_body("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello", "");
    assert_refused("00000000000000005\r\nhello\r\n0\r\n\r\n", 400);
    assert_refused("10000000000000000\r\n", 400);
}

#[test]
fn length_of_extensions_is_bounded() {
    let line = |length: usize| format!("1;{}\r\n", "e".repeat(length - 4));
    assert_body(line(MAX_SIZE_LINE) + "x\r\n0\r\n\r\n", "x", "");
    assert_refused(line(MAX_SIZE_LINE + 1) + "x\r\n0\r\n\r\n", 400);
    assert_refused("1;".to_owned() + &"e".repeat(MAX_SIZE_LINE), 400);
    assert_refused("0".repeat(MAX_SIZE_LINE), 400);
    // Each line is within the limit for a line. Together, the extensions reach their own limit.
    let chunk = |extension: usize| format!("1;{}\r\nx\r\n", "e".repeat(extension - 1));
    let full = chunk(250).repeat(32);
    let left = MAX_EXTENSIONS - 32 * 250;
    assert_body(
        full.clone() + &chunk(left) + "0\r\n\r\n",
        &"x".repeat(33),
        "",
    );
    assert_refused(full + &chunk(left + 1) + "0\r\n\r\n", 400);
}

#[test]
fn number_and_length_of_trailers_are_bounded() {
    let with = |count| format!("0\r\n{}\r\n", "X: y\r\n".repeat(count));
    assert_body(with(MAX_FIELDS), "", "");
    assert_refused(with(MAX_FIELDS + 1), 431);
    let long = |length: usize| format!("0\r\nX: {}\r\n\r\n", "y".repeat(length - 7));
    assert_body(long(MAX_HEAD), "", "");
    assert_refused(long(MAX_HEAD + 1), 431);
    assert_refused("0\r\nX: ".to_owned() + &"y".repeat(MAX_HEAD), 431);
}
