//! The room: its lines, their numbers, and which joins and leaves it announces.

use std::time::Duration;

use blocking_chat::server::room::notice_limiter::SPAN;

use crate::test_room::{SentLine, TestRoom, all, one};

#[test]
fn everyone_receives_each_line_with_the_next_number() {
    let mut room = TestRoom::with(&["anna", "ben"]);
    assert_eq!(room.say(1, "hello"), [all("3 anna: hello")]);
    assert_eq!(room.say(2, "hi"), [all("4 ben: hi")]);
    assert_eq!(
        room.say(1, "one\ntwo"),
        [all("5 anna: one"), all("6 anna: two")]
    );
}

#[test]
fn client_that_is_not_a_member_cannot_speak() {
    let mut room = TestRoom::with(&["anna", "ben"]);
    assert_eq!(room.say(7, "hello\n/who"), []);
    room.leave(2);
    assert_eq!(room.say(2, "hello"), []);
    assert_eq!(room.leave(2), []);
    assert_eq!(room.say(1, "alone"), [all("4 anna: alone")]);
}

#[test]
fn joins_and_leaves_are_announced_to_everyone() {
    let mut room = TestRoom::new(10);
    assert_eq!(room.join(1, "anna").sent, [all("1 * anna joined")]);
    assert_eq!(room.join(2, "ben").sent, [all("2 * ben joined")]);
    assert_eq!(room.leave(1), [all("3 * anna left")]);
    assert_eq!(room.say(2, "/who"), [one(2, "* here: ben")]);
}

/// Returns a room with this many members. They joined so slowly that only the room's size limits the notices.
fn filled(members: u64) -> TestRoom {
    let mut room = TestRoom::new(1000);
    for id in 1..=members {
        room.join(id, "x");
        room.let_time_pass(SPAN);
    }
    room
}

#[test]
fn join_of_the_100th_member_is_announced_but_the_next_is_not() {
    let mut room = filled(99);
    assert_eq!(room.join(100, "anna").sent, [all("100 * anna joined")]);
    assert_eq!(room.join(101, "ben").sent, []);
    room.let_time_pass(SPAN);
    // The join of this client was not announced. So its leave is not announced either, although only 100 members
    // remain.
    assert_eq!(room.leave(101), []);
    assert_eq!(room.leave(100), [all("101 * anna left")]);
}

#[test]
fn leave_is_announced_only_if_at_most_100_members_remain() {
    let mut room = filled(100);
    room.join(101, "ben");
    room.join(102, "cleo");
    assert_eq!(room.leave(1), [], "101 members would hear of it");
    assert_eq!(room.leave(2), [all("101 * x-2 left")]);
    assert_eq!(room.leave(101), []);
}

#[test]
fn room_announces_at_most_20_joins_and_leaves_per_second() {
    let mut room = TestRoom::new(1000);
    let joins = (1..=15).flat_map(|id| room.join(id, "x").sent).count();
    let leaves = (1..=15).flat_map(|id| room.leave(id)).count();
    assert_eq!((joins, leaves), (15, 5));
    room.let_time_pass(SPAN - Duration::from_millis(1));
    assert_eq!(room.join(16, "anna").sent, []);
    room.let_time_pass(Duration::from_millis(1));
    assert_eq!(room.join(17, "ben").sent, [all("21 * ben joined")]);
    assert_eq!(room.leave(16), [], "the join of anna was not announced");
    assert_eq!(room.leave(17), [all("22 * ben left")]);
}

#[test]
fn name_changes_are_announced_in_a_room_of_any_size() {
    let mut room = filled(150);
    for number in 0..30 {
        let sent = room.say(150, &format!("/nick anna{number}"));
        let [SentLine::All(line)] = &sent[..] else {
            panic!("{sent:?}");
        };
        assert!(line.ends_with(&format!("is now anna{number}")), "{line}");
    }
}
