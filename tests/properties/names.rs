//! Names that the server generates.

use std::time::Instant;

use blocking_chat::base::id::ClientId;
use blocking_chat::base::name::Name;
use blocking_chat::server::room::Room;
use blocking_chat::server::room::join::JoinRequest;
use blocking_chat::server::room::output::RoomOutput;

use crate::runner::check_property;

/// An output that discards everything.
struct DiscardOutput;

impl RoomOutput for DiscardOutput {
    fn to_all(&mut self, _: &str) {}

    fn to_one(&mut self, _: ClientId, _: &str) {}
}

/// A regular expression for texts of up to 40 characters. Names have special rules for many of these characters.
const CHARACTERS: &str =
    r"[anΣ\-０ｶﾞéç\u{300}-\u{304}\u{200C}\u{200D}l·・カ׳א٣۳ییا्क\u{64B}\PC]{1,40}";

#[test]
fn numbered_name_is_valid_and_free() {
    check_property(256, &(CHARACTERS, 2_u64..), |(text, number)| {
        let Some(name) = Name::cleaned(&text) else {
            return;
        };
        assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
        let numbered = name.numbered(number);
        let parsed = Name::parse(numbered.as_str());
        assert_eq!(parsed.as_ref().map(Name::as_str), Ok(numbered.as_str()));
        assert_eq!(parsed.as_ref(), Ok(&numbered));
        assert!(numbered.as_str().ends_with(&format!("-{number}")));
        // The room must recognize numbered names. Otherwise it would give the fourth member a name that is taken.
        let mut room = Room::new("5f3a09c1".into(), 0);
        let requested = [&name, &name.numbered(2), &name.numbered(3), &name];
        let joined = (0..).zip(requested).map(|(id, name)| {
            let request = JoinRequest {
                name: Some(name.clone()),
                ..JoinRequest::default()
            };
            let joined = room.join(id, request, Instant::now(), &mut DiscardOutput);
            joined.greeting[0].clone()
        });
        let fourth = format!("* you are {} in room 5f3a09c1", name.numbered(4));
        assert_eq!(joined.last(), Some(fourth));
    });
}
