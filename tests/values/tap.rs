//! Both directions of a connection, taken apart.

use std::process;

use blocking_chat::base::frame;
use blocking_chat::base::frame::Header;
use blocking_chat::server::observe::trace::conversation::{Between, ToClient, ToServer};
use blocking_chat::server::observe::trace::stream::{Expected, MAX_SHOWN, Seen};

use crate::support::holdings;
use crate::support::raw_frame::{BINARY, TEXT, encode};

const UPGRADE: &str = "GET /?name=anna HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
const GET: &str = "GET /lines HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Both directions of a connection.
#[derive(Default)]
pub struct Conversation {
    to_server: ToServer,
    to_client: ToClient,
    between: Between,
}

impl Conversation {
    pub fn received(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.to_server.take_apart(bytes, &self.between)
    }

    pub fn sent(&mut self, bytes: &[u8]) -> Vec<Seen> {
        self.to_client.take_apart(bytes, &self.between)
    }

    /// What is left to be seen if nothing more comes: from the client, and from the server.
    pub fn end(&self) -> [Option<Seen>; 2] {
        [self.to_server.end().1, self.to_client.end().1]
    }
}

fn head(text: &str) -> Seen {
    Seen::Head(text.as_bytes().to_vec())
}

/// What is neither a head nor a frame, as it is seen.
fn unknown(bytes: &[u8]) -> Seen {
    let shown = bytes.get(..MAX_SHOWN).unwrap_or(bytes);
    Seen::Unknown(bytes.len(), shown.to_vec())
}

/// A frame as it is seen.
fn seen_frame(bytes: &[u8], payload: &[u8]) -> Seen {
    let header = Header::parse(bytes).unwrap();
    Seen::Frame(header, bytes[..header.length].to_vec(), payload.to_vec())
}

#[test]
fn the_same_is_seen_however_the_bytes_come_in_pieces() {
    let (short, long) = (encode(TEXT, b"hello"), encode(BINARY, &[7; 300]));
    let up = [UPGRADE.as_bytes(), &short, &long, &short].concat();
    let line = frame::text("1 anna: hello");
    let down = [SWITCHING.as_bytes(), &line, &frame::close(1000, "")].concat();
    let expected_up = [
        head(UPGRADE),
        seen_frame(&short, b"hello"),
        seen_frame(&long, &[7; MAX_SHOWN]),
        seen_frame(&short, b"hello"),
    ];
    let expected_down = [
        head(SWITCHING),
        seen_frame(&line, b"1 anna: hello"),
        seen_frame(&frame::close(1000, ""), &1000_u16.to_be_bytes()),
    ];
    for piece in 1..=up.len() {
        let mut conversation = Conversation::default();
        let seen: Vec<Seen> = up
            .chunks(piece)
            .flat_map(|bytes| conversation.received(bytes))
            .collect();
        assert_eq!(seen, expected_up, "in pieces of {piece}");
        let seen: Vec<Seen> = down
            .chunks(piece)
            .flat_map(|bytes| conversation.sent(bytes))
            .collect();
        assert_eq!(seen, expected_down, "in pieces of {piece}");
        let bytes = (
            conversation.to_server.end().0,
            conversation.to_client.end().0,
        );
        assert_eq!(bytes, (up.len() as u64, down.len() as u64));
    }
}

#[test]
fn bodies_are_told_from_the_heads_that_follow_them() {
    let mut conversation = Conversation::default();
    let post = "POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n";
    let seen = conversation.received(format!("{post}hello{GET}").as_bytes());
    assert_eq!(
        seen,
        [head(post), Seen::Body(5, b"hello".to_vec()), head(GET)]
    );
    let goes_on = "HTTP/1.1 100 Continue\r\n\r\n";
    let created = "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\n";
    let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let seen = conversation.sent(format!("{goes_on}{created}abc{empty}").as_bytes());
    let body = Seen::Body(3, b"abc".to_vec());
    assert_eq!(seen, [head(goes_on), head(created), body, head(empty)]);
}

#[test]
fn an_answer_to_head_has_no_body_whatever_its_length_says() {
    let mut conversation = Conversation::default();
    let ask = GET.replace("GET", "HEAD");
    conversation.received(format!("{ask}{GET}").as_bytes());
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    let seen = conversation.sent(format!("{answer}{answer}abc").as_bytes());
    let body = Seen::Body(3, b"abc".to_vec());
    assert_eq!(seen, [head(answer), head(answer), body]);
}

#[test]
fn after_a_refusal_nothing_is_taken_for_a_frame() {
    let mut conversation = Conversation::default();
    conversation.received(UPGRADE.as_bytes());
    conversation
        .sent(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let frame = encode(TEXT, b"hello");
    assert_eq!(conversation.received(&frame), [unknown(&frame)]);
}

#[test]
fn an_upgrade_that_is_only_ignored_is_followed_by_another_request() {
    let mut conversation = Conversation::default();
    conversation.received(UPGRADE.as_bytes());
    conversation.sent(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(conversation.received(GET.as_bytes()), [head(GET)]);
}

#[test]
fn an_upgrade_may_follow_a_request_that_was_served() {
    let mut conversation = Conversation::default();
    conversation.received(GET.as_bytes());
    conversation.sent(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    conversation.received(UPGRADE.as_bytes());
    conversation.sent(SWITCHING.as_bytes());
    let frame = encode(TEXT, b"hello");
    assert_eq!(
        conversation.received(&frame),
        [seen_frame(&frame, b"hello")]
    );
}

#[test]
fn the_answer_to_a_request_before_the_upgrade_says_nothing_about_the_frames() {
    let mut conversation = Conversation::default();
    conversation.received(format!("{GET}{UPGRADE}").as_bytes());
    conversation.sent(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let frame = encode(TEXT, b"hello");
    assert_eq!(
        conversation.received(&frame),
        [seen_frame(&frame, b"hello")]
    );
}

#[test]
fn requests_that_nobody_answers_are_not_counted_for_ever() {
    let mut conversation = Conversation::default();
    let (mut heads, mut unknown) = (0, 0);
    for _ in 0..10_000 {
        match &conversation.received(GET.as_bytes())[..] {
            [Seen::Head(_)] => heads += 1,
            [Seen::Unknown(length, _)] => unknown += length,
            seen => panic!("{seen:?}"),
        }
    }
    assert!(heads < 1000, "{heads}");
    assert_eq!(unknown, (10_000 - heads) * GET.len());
}

#[test]
fn nothing_is_kept_of_what_has_been_taken_apart() {
    let block = frame::text(&"x".repeat(1000)).repeat(1000);
    let before = holdings::resident(process::id());
    let conversations = [(); 200].map(|()| {
        let mut conversation = Conversation::default();
        conversation.received(UPGRADE.as_bytes());
        conversation.sent(SWITCHING.as_bytes());
        conversation.sent(&block);
        conversation
    });
    let kept = holdings::resident(process::id()).saturating_sub(before);
    let sent = conversations.len() * block.len();
    assert!(kept < sent / 2, "{kept} bytes of {sent}");
}

#[test]
fn what_did_not_come_whole_is_seen_at_the_end() {
    let begun = |expected, bytes: &[u8]| Some(Seen::Begun(expected, bytes.to_vec()));
    let mut conversation = Conversation::default();
    assert_eq!(conversation.end(), [None, None]);
    conversation.received(&GET.as_bytes()[..9]);
    assert_eq!(
        conversation.end(),
        [begun(Expected::Head, b"GET /line"), None]
    );
    let mut conversation = Conversation::default();
    conversation.received(UPGRADE.as_bytes());
    conversation.sent(SWITCHING.as_bytes());
    conversation.received(&encode(TEXT, b"hello")[..8]);
    conversation.sent(&frame::text(&"x".repeat(100))[..100]);
    let expected = [
        begun(Expected::Frames, b"\x81\x85\0\0\0\0he"),
        Some(Seen::Lacking(2)),
    ];
    assert_eq!(conversation.end(), expected);
}

#[test]
fn what_is_no_http_is_counted_and_never_kept() {
    let mut conversation = Conversation::default();
    for bytes in [
        &b"\x16\x03\x01\x02\x00"[..],
        &[b'x'; 4096],
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(conversation.received(bytes), [unknown(bytes)]);
    }
    let mut conversation = Conversation::default();
    assert_eq!(conversation.sent(&[b'x'; 9000]), [unknown(&[b'x'; 9000])]);
}
