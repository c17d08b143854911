//! Joining the room: names, earlier lines, and the replacement of a member.

use blocking_chat::server::room::join::JoinRequest;
use blocking_chat::server::room::notice_limiter::SPAN;

use crate::test_room::{ID, TestRoom, all, join_as, one};

fn since(number: u64, room: Option<&str>) -> JoinRequest {
    JoinRequest {
        since: Some(number),
        room: room.map(str::to_owned),
        ..join_as("ben")
    }
}

fn with_key(name: &str, key: &str) -> JoinRequest {
    JoinRequest {
        key: Some(key.to_owned()),
        ..join_as(name)
    }
}

/// Returns a room that keeps at most `kept_lines` lines. Its newest line has the number `lines`. In line 1, Anna joins.
/// In each later line, she says the number of the line.
fn room_with_lines(kept_lines: usize, lines: u64) -> TestRoom {
    let mut room = TestRoom::new(kept_lines);
    room.join(1, "anna");
    for number in 2..=lines {
        room.say(1, &number.to_string());
    }
    room
}

#[test]
fn greeting_without_since_is_only_the_welcome() {
    let mut room = room_with_lines(10, 5);
    let joined = room.join(2, "ben");
    assert_eq!(joined.greeting, ["* you are ben in room 5f3a09c1"]);
    assert_eq!(joined.sent, [all("6 * ben joined")]);
    assert_eq!(joined.replaced, None);
}

#[test]
fn taken_name_gets_the_lowest_free_number() {
    let mut room = TestRoom::new(10);
    let name_of = |room: &mut TestRoom, id| room.join(id, "anna").greeting[0].clone();
    assert_eq!(
        name_of(&mut room, 1),
        format!("* you are anna in room {ID}")
    );
    assert_eq!(
        name_of(&mut room, 2),
        format!("* you are anna-2 in room {ID}")
    );
    assert_eq!(
        name_of(&mut room, 3),
        format!("* you are anna-3 in room {ID}")
    );
    room.leave(2);
    assert_eq!(
        name_of(&mut room, 4),
        format!("* you are anna-2 in room {ID}")
    );
    room.leave(1);
    assert_eq!(
        name_of(&mut room, 5),
        format!("* you are anna in room {ID}")
    );
}

#[test]
fn client_without_a_name_becomes_a_numbered_guest() {
    let mut room = TestRoom::with(&["guest-2"]);
    let mut guest = |id| room.join_with(id, JoinRequest::default()).greeting[0].clone();
    assert_eq!(guest(2), format!("* you are guest-1 in room {ID}"));
    assert_eq!(guest(3), format!("* you are guest-3 in room {ID}"));
    let fourth = guest(4);
    assert!(fourth.starts_with("* you are guest-"), "{fourth}");
}

#[test]
fn other_spelling_of_a_members_name_is_also_taken() {
    let mut room = TestRoom::with(&["anna"]);
    let welcome = |name: &str| format!("* you are {name} in room {ID}");
    assert_eq!(room.join(2, "Anna").greeting, [welcome("Anna-2")]);
    assert_eq!(room.join(3, "ANNA").greeting, [welcome("ANNA-3")]);
    assert_eq!(room.join(4, "anna-3").greeting, [welcome("anna-3-2")]);
}

/// All powers of two are taken, so a search that doubles the number finds no free name. `u64::MAX` is taken, so adding
/// 1 to the highest number overflows.
#[test]
fn free_name_is_found_whatever_names_are_taken() {
    let mut room = TestRoom::with(&["a", "guest-1"]);
    let numbers = (1..64).map(|power| 1_u64 << power).chain([u64::MAX]);
    for (id, number) in (3..).zip(numbers) {
        room.join(id, &format!("a-{number}"));
    }
    (100..1100).for_each(|id| _ = room.join(id, &format!("guest-{}", id - 90)));
    let welcome = |name: &str| format!("* you are {name} in room {ID}");
    assert_eq!(room.join(5000, "a").greeting, [welcome("a-3")]);
    assert_eq!(room.join(5001, "A").greeting, [welcome("A-5")]);
    for (id, number) in (5002..).zip((2..10).chain([1010, 1011])) {
        let greeting = room.join_with(id, JoinRequest::default()).greeting;
        assert_eq!(greeting, [welcome(&format!("guest-{number}"))]);
    }
}

/// The longer the number, the fewer letters of the name remain before the hyphen.
#[test]
fn long_name_is_shortened_to_make_room_for_its_number() {
    let mut room = TestRoom::new(10);
    let long = "x".repeat(32);
    room.join(1, &long);
    for number in 2..=11 {
        let stem = &long[..if number < 10 { 30 } else { 29 }];
        let greeting = room.join(number, &long).greeting;
        assert_eq!(
            greeting,
            [format!("* you are {stem}-{number} in room {ID}")]
        );
    }
}

#[test]
fn join_with_since_replays_the_lines_after_that_number() {
    let joined = room_with_lines(10, 5).join_with(2, since(3, None));
    assert_eq!(
        joined.greeting,
        ["* you are ben in room 5f3a09c1", "4 anna: 4", "5 anna: 5"]
    );
    assert_eq!(joined.sent, [all("6 * ben joined")]);
    assert_eq!(
        room_with_lines(10, 5)
            .join_with(2, since(3, Some(ID)))
            .greeting
            .len(),
        3
    );
    assert_eq!(
        room_with_lines(10, 5)
            .join_with(2, since(5, None))
            .greeting
            .len(),
        1
    );
    assert_eq!(
        room_with_lines(10, 5).join_with(2, since(0, None)).greeting[1],
        "1 * anna joined"
    );
}

#[test]
fn joiner_learns_how_many_lines_are_gone() {
    let joined = room_with_lines(3, 20).join_with(2, since(5, None));
    assert_eq!(
        joined.greeting,
        [
            "* you are ben in room 5f3a09c1",
            "* 12 lines are gone",
            "18 anna: 18",
            "19 anna: 19",
            "20 anna: 20"
        ]
    );
    assert_eq!(
        room_with_lines(3, 20)
            .join_with(2, since(17, None))
            .greeting
            .len(),
        4
    );
}

#[test]
fn single_missing_line_is_reported_in_the_singular() {
    let joined = room_with_lines(3, 20).join_with(2, since(16, None));
    assert_eq!(joined.greeting[1], "* 1 line is gone");
}

#[test]
fn invalid_since_is_ignored_and_reported() {
    for invalid in [
        since(2, Some("00000000")),
        since(6, None),
        since(u64::MAX, Some(ID)),
    ] {
        let joined = room_with_lines(2, 5).join_with(2, invalid);
        assert_eq!(
            joined.greeting,
            [
                "* you are ben in room 5f3a09c1",
                "* this is another room",
                "4 anna: 4",
                "5 anna: 5"
            ]
        );
    }
}

#[test]
fn join_with_a_members_name_and_key_replaces_it_silently() {
    let mut room = TestRoom::new(10);
    room.join_with(1, with_key("anna", "secret"));
    let joined = room.join_with(2, with_key("anna", "secret"));
    assert_eq!(joined.greeting, ["* you are anna in room 5f3a09c1"]);
    assert_eq!((joined.replaced, joined.sent), (Some(1), vec![]));
    assert_eq!(room.say(2, "/who"), [one(2, "* here: anna")]);
    assert_eq!(room.say(1, "too late\n/nick ben"), []);
    assert_eq!(room.leave(1), []);
    assert_eq!(room.say(2, "still me"), [all("2 anna: still me")]);
    assert_eq!(room.leave(2), [all("3 * anna left")]);
}

#[test]
fn replacement_keeps_the_known_spelling_of_the_name() {
    let mut room = TestRoom::new(10);
    room.join_with(1, with_key("anna", "secret"));
    let joined = room.join_with(2, with_key("Anna", "secret"));
    assert_eq!(joined.greeting, ["* you are anna in room 5f3a09c1"]);
    assert_eq!(joined.replaced, Some(1));
}

#[test]
fn client_without_the_key_replaces_no_member() {
    let mut room = TestRoom::new(10);
    room.join_with(1, with_key("anna", "secret"));
    room.join(2, "ben");
    for (id, other) in [
        (3, join_as("anna")),
        (4, with_key("anna", "Secret")),
        (5, with_key("ben", "secret")),
        (6, with_key("cleo", "secret")),
    ] {
        let joined = room.join_with(id, other);
        assert_eq!(joined.replaced, None);
        assert_eq!(joined.sent.len(), 1);
    }
    let all = "* here: anna, ben, anna-2, anna-3, ben-2, cleo";
    assert_eq!(room.say(1, "/who"), [one(1, all)]);
}

#[test]
fn replacement_of_an_unannounced_member_leaves_silently() {
    let mut room = TestRoom::new(10);
    (1..=20).for_each(|id| _ = room.join(id, "x"));
    assert_eq!(room.join_with(21, with_key("anna", "k")).sent, []);
    room.let_time_pass(SPAN);
    assert_eq!(room.join_with(22, with_key("anna", "k")).replaced, Some(21));
    assert_eq!(room.leave(22), [], "the join of anna was not announced");
}
