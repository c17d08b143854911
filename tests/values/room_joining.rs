//! Joining: names, the lines to begin with, and who takes whose place.

use blocking_chat::server::room::announcements::SPAN;
use blocking_chat::server::room::join::JoinRequest;

use crate::stage::{ID, Stage, all, asked, one};

fn since(number: u64, room: Option<&str>) -> JoinRequest {
    JoinRequest {
        since: Some(number),
        room: room.map(str::to_owned),
        ..asked("ben")
    }
}

fn with_key(name: &str, key: &str) -> JoinRequest {
    JoinRequest {
        key: Some(key.to_owned()),
        ..asked(name)
    }
}

/// A room in which anna has joined, which is line 1, and has said the number of each line after that.
fn talked(kept_lines: usize, lines: u64) -> Stage {
    let mut stage = Stage::new(kept_lines);
    stage.join(1, "anna");
    for number in 2..=lines {
        stage.say(1, &number.to_string());
    }
    stage
}

#[test]
fn the_welcome_is_first_and_without_since_all_there_is() {
    let mut stage = talked(10, 5);
    let joined = stage.join(2, "ben");
    assert_eq!(joined.greeting, ["* you are ben in room 5f3a09c1"]);
    assert_eq!(joined.heard, [all("6 * ben joined")]);
    assert_eq!(joined.replaced, None);
}

#[test]
fn a_taken_name_gets_the_first_number_that_is_free() {
    let mut stage = Stage::new(10);
    let name_of = |stage: &mut Stage, id| stage.join(id, "anna").greeting[0].clone();
    assert_eq!(
        name_of(&mut stage, 1),
        format!("* you are anna in room {ID}")
    );
    assert_eq!(
        name_of(&mut stage, 2),
        format!("* you are anna-2 in room {ID}")
    );
    assert_eq!(
        name_of(&mut stage, 3),
        format!("* you are anna-3 in room {ID}")
    );
    stage.leave(2);
    assert_eq!(
        name_of(&mut stage, 4),
        format!("* you are anna-2 in room {ID}")
    );
    stage.leave(1);
    assert_eq!(
        name_of(&mut stage, 5),
        format!("* you are anna in room {ID}")
    );
}

#[test]
fn who_gives_no_name_is_a_guest_with_a_number_of_his_own() {
    let mut stage = Stage::with(&["guest-2"]);
    let mut guest = |id| stage.ask(id, JoinRequest::default()).greeting[0].clone();
    assert_eq!(guest(2), format!("* you are guest-1 in room {ID}"));
    assert_eq!(guest(3), format!("* you are guest-3 in room {ID}"));
    let fourth = guest(4);
    assert!(fourth.starts_with("* you are guest-"), "{fourth}");
}

#[test]
fn another_spelling_of_a_members_name_is_taken() {
    let mut stage = Stage::with(&["anna"]);
    let welcome = |name: &str| format!("* you are {name} in room {ID}");
    assert_eq!(stage.join(2, "Anna").greeting, [welcome("Anna-2")]);
    assert_eq!(stage.join(3, "ANNA").greeting, [welcome("ANNA-3")]);
    assert_eq!(stage.join(4, "anna-3").greeting, [welcome("anna-3-2")]);
}

/// Doubling the number, or counting up, would not end.
#[test]
fn a_free_name_is_found_whatever_names_there_are() {
    let mut stage = Stage::with(&["a", "guest-1"]);
    let numbers = (1..64).map(|power| 1_u64 << power).chain([u64::MAX]);
    for (id, number) in (3..).zip(numbers) {
        stage.join(id, &format!("a-{number}"));
    }
    (100..1100).for_each(|id| _ = stage.join(id, &format!("guest-{}", id - 90)));
    let welcome = |name: &str| format!("* you are {name} in room {ID}");
    assert_eq!(stage.join(5000, "a").greeting, [welcome("a-3")]);
    assert_eq!(stage.join(5001, "A").greeting, [welcome("A-5")]);
    for (id, number) in (5002..).zip((2..10).chain([1010, 1011])) {
        let greeting = stage.ask(id, JoinRequest::default()).greeting;
        assert_eq!(greeting, [welcome(&format!("guest-{number}"))]);
    }
}

/// Its stem is shorter for a longer number, and so another one.
#[test]
fn a_long_name_is_numbered_behind_each_of_its_stems() {
    let mut stage = Stage::new(10);
    let long = "x".repeat(32);
    stage.join(1, &long);
    for number in 2..=11 {
        let stem = &long[..if number < 10 { 30 } else { 29 }];
        let greeting = stage.join(number, &long).greeting;
        assert_eq!(
            greeting,
            [format!("* you are {stem}-{number} in room {ID}")]
        );
    }
}

#[test]
fn since_gives_the_lines_after_it_and_then_the_live_ones() {
    let joined = talked(10, 5).ask(2, since(3, None));
    assert_eq!(
        joined.greeting,
        ["* you are ben in room 5f3a09c1", "4 anna: 4", "5 anna: 5"]
    );
    assert_eq!(joined.heard, [all("6 * ben joined")]);
    assert_eq!(talked(10, 5).ask(2, since(3, Some(ID))).greeting.len(), 3);
    assert_eq!(talked(10, 5).ask(2, since(5, None)).greeting.len(), 1);
    assert_eq!(
        talked(10, 5).ask(2, since(0, None)).greeting[1],
        "1 * anna joined"
    );
}

#[test]
fn lines_that_are_gone_are_counted() {
    let joined = talked(3, 20).ask(2, since(5, None));
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
    assert_eq!(talked(3, 20).ask(2, since(17, None)).greeting.len(), 4);
}

#[test]
fn a_single_line_that_is_gone_is_one() {
    let joined = talked(3, 20).ask(2, since(16, None));
    assert_eq!(joined.greeting[1], "* 1 line is gone");
}

#[test]
fn another_rooms_number_counts_as_none_and_that_is_said() {
    for strange in [
        since(2, Some("00000000")),
        since(6, None),
        since(u64::MAX, Some(ID)),
    ] {
        let joined = talked(2, 5).ask(2, strange);
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
fn who_joins_with_a_members_name_and_key_takes_his_place_and_nobody_is_told() {
    let mut stage = Stage::new(10);
    stage.ask(1, with_key("anna", "secret"));
    let joined = stage.ask(2, with_key("anna", "secret"));
    assert_eq!(joined.greeting, ["* you are anna in room 5f3a09c1"]);
    assert_eq!((joined.replaced, joined.heard), (Some(1), vec![]));
    assert_eq!(stage.say(2, "/who"), [one(2, "* here: anna")]);
    assert_eq!(stage.say(1, "too late\n/nick ben"), []);
    assert_eq!(stage.leave(1), []);
    assert_eq!(stage.say(2, "still me"), [all("2 anna: still me")]);
    assert_eq!(stage.leave(2), [all("3 * anna left")]);
}

#[test]
fn a_replacement_keeps_the_spelling_that_the_others_know() {
    let mut stage = Stage::new(10);
    stage.ask(1, with_key("anna", "secret"));
    let joined = stage.ask(2, with_key("Anna", "secret"));
    assert_eq!(joined.greeting, ["* you are anna in room 5f3a09c1"]);
    assert_eq!(joined.replaced, Some(1));
}

#[test]
fn without_the_key_nobody_takes_a_members_place() {
    let mut stage = Stage::new(10);
    stage.ask(1, with_key("anna", "secret"));
    stage.join(2, "ben");
    for (id, other) in [
        (3, asked("anna")),
        (4, with_key("anna", "Secret")),
        (5, with_key("ben", "secret")),
        (6, with_key("cleo", "secret")),
    ] {
        let joined = stage.ask(id, other);
        assert_eq!(joined.replaced, None);
        assert_eq!(joined.heard.len(), 1);
    }
    let all = "* here: anna, ben, anna-2, anna-3, ben-2, cleo";
    assert_eq!(stage.say(1, "/who"), [one(1, all)]);
}

#[test]
fn a_replacement_inherits_whether_it_was_announced() {
    let mut stage = Stage::new(10);
    (1..=20).for_each(|id| _ = stage.join(id, "x"));
    assert_eq!(stage.ask(21, with_key("anna", "k")).heard, []);
    stage.let_time_pass(SPAN);
    assert_eq!(stage.ask(22, with_key("anna", "k")).replaced, Some(21));
    assert_eq!(stage.leave(22), [], "nobody has heard of anna's joining");
}
