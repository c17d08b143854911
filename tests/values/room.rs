//! The room: what is said, by whom, under which number, and which joins and leaves are announced.

use std::time::Duration;

use blocking_chat::server::room::announcements::SPAN;

use crate::stage::{Heard, Stage, all, one};

#[test]
fn everyone_hears_what_is_said_under_a_number_that_grows_by_one() {
    let mut stage = Stage::with(&["anna", "ben"]);
    assert_eq!(stage.say(1, "hello"), [all("3 anna: hello")]);
    assert_eq!(stage.say(2, "hi"), [all("4 ben: hi")]);
    assert_eq!(
        stage.say(1, "one\ntwo"),
        [all("5 anna: one"), all("6 anna: two")]
    );
}

#[test]
fn who_is_no_member_says_nothing() {
    let mut stage = Stage::with(&["anna", "ben"]);
    assert_eq!(stage.say(7, "hello\n/who"), []);
    stage.leave(2);
    assert_eq!(stage.say(2, "hello"), []);
    assert_eq!(stage.leave(2), []);
    assert_eq!(stage.say(1, "alone"), [all("4 anna: alone")]);
}

#[test]
fn joining_and_leaving_are_announced_to_everyone() {
    let mut stage = Stage::new(10);
    assert_eq!(stage.join(1, "anna").heard, [all("1 * anna joined")]);
    assert_eq!(stage.join(2, "ben").heard, [all("2 * ben joined")]);
    assert_eq!(stage.leave(1), [all("3 * anna left")]);
    assert_eq!(stage.say(2, "/who"), [one(2, "* here: ben")]);
}

/// Lets so many join, far enough apart in time that only the size of the room counts.
fn filled(members: u64) -> Stage {
    let mut stage = Stage::new(1000);
    for id in 1..=members {
        stage.join(id, "x");
        stage.let_time_pass(SPAN);
    }
    stage
}

#[test]
fn the_hundredth_member_is_announced_and_the_next_is_not() {
    let mut stage = filled(99);
    assert_eq!(stage.join(100, "anna").heard, [all("100 * anna joined")]);
    assert_eq!(stage.join(101, "ben").heard, []);
    stage.let_time_pass(SPAN);
    // His joining was not announced, and so his leaving is not, though there would be no more than a hundred to tell.
    assert_eq!(stage.leave(101), []);
    assert_eq!(stage.leave(100), [all("101 * anna left")]);
}

#[test]
fn a_leave_is_announced_again_when_no_more_than_a_hundred_hear_it() {
    let mut stage = filled(100);
    stage.join(101, "ben");
    stage.join(102, "cleo");
    assert_eq!(stage.leave(1), [], "101 would hear it");
    assert_eq!(stage.leave(2), [all("101 * x-2 left")]);
    assert_eq!(stage.leave(101), []);
}

#[test]
fn a_second_has_twenty_notices_joins_and_leaves_together() {
    let mut stage = Stage::new(1000);
    let joins = (1..=15).flat_map(|id| stage.join(id, "x").heard).count();
    let leaves = (1..=15).flat_map(|id| stage.leave(id)).count();
    assert_eq!((joins, leaves), (15, 5));
    stage.let_time_pass(SPAN - Duration::from_millis(1));
    assert_eq!(stage.join(16, "anna").heard, []);
    stage.let_time_pass(Duration::from_millis(1));
    assert_eq!(stage.join(17, "ben").heard, [all("21 * ben joined")]);
    assert_eq!(stage.leave(16), [], "nobody knows that anna was here");
    assert_eq!(stage.leave(17), [all("22 * ben left")]);
}

#[test]
fn a_new_name_is_announced_however_many_there_are() {
    let mut stage = filled(150);
    for number in 0..30 {
        let heard = stage.say(150, &format!("/nick anna{number}"));
        let [Heard::All(line)] = &heard[..] else {
            panic!("{heard:?}");
        };
        assert!(line.ends_with(&format!("is now anna{number}")), "{line}");
    }
}
