//! Joining: the welcome, the name, and the key.

use blocking_chat::base::line;

use crate::support::chat::{Chat, ChatClient, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{self, TEXT};
use crate::support::watchdog::within;

/// Reads a welcome. Returns the name and the room's id.
pub fn welcome(member: &mut ChatClient) -> (String, String) {
    let line = member.receive_line();
    let (name, room) = line
        .strip_prefix("* you are ")
        .and_then(|rest| rest.split_once(" in room "))
        .unwrap_or_else(|| panic!("{line:?} is not a welcome"));
    (name.to_owned(), room.to_owned())
}

#[test]
fn welcome_is_the_first_line_and_names_the_room() {
    within(LIMIT, || {
        let chat = Chat::start();
        let (name, room) = welcome(&mut chat.connect("/?name=anna"));
        assert_eq!(name, "anna");
        assert_eq!(room.len(), 8);
        assert!(
            room.bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
            "{room}"
        );
        for target in [
            "/",
            "/?",
            "/?since=0",
            "/?since=99",
            "/?room=x&since=1",
            "/?unknown=x",
        ] {
            assert_eq!(welcome(&mut chat.connect(target)).1, room, "{target}");
        }
    });
}

#[test]
fn two_servers_have_different_room_ids() {
    within(LIMIT, || {
        let rooms = [(); 2].map(|()| welcome(&mut Chat::start().connect("/")).1);
        assert_ne!(rooms[0], rooms[1]);
    });
}

#[test]
fn client_without_a_name_is_a_guest() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut guests = [
            chat.connect("/"),
            chat.connect("/"),
            chat.connect("/?since=0"),
        ];
        let mut names = guests.each_mut().map(|guest| welcome(guest).0);
        names.sort();
        for name in &names {
            let number = name.strip_prefix("guest-").unwrap();
            assert!(line::decimal(number).is_some(), "{name}");
        }
        assert!(names[0] != names[1] && names[1] != names[2]);
    });
}

#[test]
fn joiner_gets_and_keeps_a_suffix_if_its_name_is_taken() {
    within(LIMIT, || {
        let chat = Chat::start();
        let (mut ben, anna) = (chat.member("ben"), chat.member("anna"));
        let mut second = chat.connect("/?name=anna");
        assert_eq!(welcome(&mut second).0, "anna-2");
        second.receive_until("* anna-2 joined");
        anna.leave();
        ben.receive_until("* anna left");
        assert_eq!(welcome(&mut chat.connect("/?name=anna")).0, "anna");
        assert_eq!(
            second
                .say_and_receive("still me")
                .split_once(' ')
                .unwrap()
                .1,
            "anna-2: still me"
        );
    });
}

/// The test also shows that a name need not use the Latin script.
#[test]
fn two_spellings_of_a_name_count_as_equal() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut li = chat.connect("/?name=%E6%9D%8E");
        assert_eq!(welcome(&mut li).0, "李");
        let mut jose = chat.connect("/?name=Jos%C3%A9");
        let mut other = chat.connect("/?name=Jose%CC%81");
        assert_eq!(welcome(&mut jose).0, "José");
        assert_eq!(welcome(&mut other).0, "José-2");
    });
}

#[test]
fn line_sent_together_with_the_request_is_said() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = RawClient::connect(chat.address).unwrap();
        let frame = raw_frame::encode(TEXT, b"no time to wait");
        let request = "GET /?name=anna HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        anna.send_bytes(&[request.as_bytes(), &frame].concat())
            .unwrap();
        let head = anna.read_head(TIMEOUT).unwrap();
        // This is the accept value of the example in RFC 6455, section 1.3.
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        let received = [(); 3].map(|()| anna.read_text().unwrap());
        assert_eq!(
            received[1..],
            ["1 * anna joined", "2 anna: no time to wait"]
        );
    });
}

#[test]
fn same_name_and_key_replace_the_old_connection() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut ben = chat.member("ben");
        let mut old = chat.connect("/?name=anna&key=se-cret_7");
        old.receive_until("* anna joined");
        let mut other = chat.connect("/?name=anna&key=guessed");
        assert_eq!(welcome(&mut other).0, "anna-2");
        let mut new = chat.connect("/?name=anna&key=se-cret_7");
        assert_eq!(welcome(&mut new).0, "anna");
        assert_eq!(old.receive_close().1, 4001);
        // The send fails if the old connection is already closed.
        let _ = old.0.send_text("and so am I");
        new.receive_pong();
        new.say("it is me");
        let received = ben.receive_until("it is me");
        assert_eq!(
            received,
            ["2 * anna joined", "3 * anna-2 joined", "4 anna: it is me"]
        );
    });
}
