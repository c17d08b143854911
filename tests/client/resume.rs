//! What a client knows after a connection has died, without one.

use blocking_chat::client::resume::ResumeState;
use blocking_chat::client::resume::replay::CaughtUp;

const HERE: &str = "* you are anna in room 5f3a09c1";

/// A client in the room that has sent these lines, and was cut off after it had seen line 7.
fn cut_off_after(lines: &[&str]) -> ResumeState {
    let mut resume = ResumeState::default();
    resume.begin(true);
    resume.hear(HERE);
    resume.hear("7 * anna joined");
    resume.caught_up();
    for line in lines {
        resume.pending.push(line);
        assert!(resume.pending.next_unsent().is_some());
    }
    resume
}

/// What it hears on the next connection until it has caught up.
fn catch_up(resume: &mut ResumeState, lines: &[&str]) -> CaughtUp {
    resume.begin(true);
    for line in lines {
        resume.hear(line);
    }
    resume.caught_up()
}

fn to_send(resume: &mut ResumeState) -> Vec<String> {
    let unsent = std::iter::from_fn(|| resume.pending.next_unsent());
    unsent.map(|message| message.to_string()).collect()
}

fn nothing() -> CaughtUp {
    CaughtUp::Uncertain(Vec::new())
}

#[test]
fn what_was_said_is_not_sent_again_and_what_was_not_is() {
    let mut resume = cut_off_after(&["one", "//two", "two\u{7}", "/who", "three"]);
    let past = [
        HERE,
        "8 anna: one",
        "9 ben: three",
        "10 anna: /two",
        "11 anna: two\u{FFFD}",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["/who", "three"]);
}

#[test]
fn it_asks_for_what_it_has_not_seen_and_for_its_place() {
    let resume = cut_off_after(&[]);
    let asked = resume.to_ask();
    let asked: Vec<(&str, &str)> = asked
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    assert_eq!(
        asked,
        [("name", "anna"), ("room", "5f3a09c1"), ("since", "7")]
    );
}

#[test]
fn whoever_takes_the_name_after_it_was_left_says_nothing_of_ours() {
    let mut resume = cut_off_after(&["one", "two"]);
    let past = [
        "* you are anna-2 in room 5f3a09c1",
        "8 anna: one",
        "9 * anna left",
        "10 * anna joined",
        "11 anna: two",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["two"]);
    resume.hear("12 anna: two");
    assert_eq!(resume.pending.uncertain(), 1, "the name is another's now");
    resume.hear("13 anna-2: two");
    assert_eq!(resume.pending.uncertain(), 0);
}

#[test]
fn a_rename_that_was_in_flight_brings_it_back_under_the_new_name() {
    let mut resume = cut_off_after(&["/nick bea", "one", "two"]);
    let past = [HERE, "8 * anna is now bea", "9 bea: one"];
    assert_eq!(catch_up(&mut resume, &past), CaughtUp::Return);
    assert_eq!(resume.name(), Some("bea"));
    let past = ["* you are bea in room 5f3a09c1"];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["two"]);
}

#[test]
fn an_old_rename_in_the_history_is_not_ours() {
    let mut resume = ResumeState::default();
    resume.begin(true);
    for line in [
        HERE,
        "1 * anna joined",
        "2 anna: old",
        "3 * anna is now bea",
    ] {
        resume.hear(line);
    }
    assert_eq!(resume.caught_up(), nothing());
    assert_eq!(resume.name(), Some("anna"));
}

#[test]
fn lines_that_may_be_in_a_gap_are_uncertain_and_not_doubled() {
    for gap in ["* 12 lines are gone", "* 1 line is gone"] {
        let mut resume = cut_off_after(&["one", "two"]);
        resume.pending.push("three");
        let past = [HERE, gap, "20 ben: hello"];
        let uncertain = CaughtUp::Uncertain(vec!["one".to_owned(), "two".to_owned()]);
        assert_eq!(catch_up(&mut resume, &past), uncertain);
        assert_eq!(to_send(&mut resume), ["three"]);
    }
}

#[test]
fn in_another_room_everything_without_a_receipt_is_said_anew() {
    let mut resume = cut_off_after(&["one"]);
    let past = [
        "* you are anna in room 00000001",
        "* this is another room",
        "1 anna: one",
        "2 * anna joined",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["one"]);
}

#[test]
fn only_a_jump_that_nobody_has_explained_is_a_gap() {
    let mut resume = cut_off_after(&[]);
    assert_eq!(resume.hear("8 ben: hello"), 0);
    assert_eq!(resume.hear("23 ben: hello"), 14);
    assert_eq!(resume.hear("* here: anna, ben"), 0);
    assert_eq!(resume.hear("24 ben: hello"), 0);
    resume.begin(true);
    assert_eq!(resume.hear(HERE), 0);
    assert_eq!(resume.hear("* 5 lines are gone"), 0);
    assert_eq!(resume.hear("30 ben: hello"), 0);
    assert_eq!(resume.hear("31 ben: hello"), 0);
}

#[test]
fn a_server_that_does_not_number_owes_no_receipts_and_gets_nothing_twice() {
    let mut resume = ResumeState::default();
    resume.begin(true);
    resume.caught_up();
    resume.pending.push("one");
    assert_eq!(to_send(&mut resume), ["one"]);
    assert_eq!(resume.hear("one"), 0);
    assert!(resume.is_plain_server());
    assert_eq!(resume.pending.uncertain(), 0);
    assert_eq!(resume.hear("9 anna: no number"), 0);
    resume.pending.push("two");
    assert_eq!(to_send(&mut resume), ["two"]);
    let uncertain = CaughtUp::Uncertain(vec!["two".to_owned()]);
    assert_eq!(catch_up(&mut resume, &[]), uncertain);
    assert_eq!(to_send(&mut resume), [""; 0]);
}

#[test]
fn a_server_that_changes_lines_still_gives_receipts() {
    let mut resume = cut_off_after(&["one", "two"]);
    resume.hear("8 anna: ONE");
    assert_eq!(resume.pending.uncertain(), 1);
    resume.hear("9 anna: two");
    assert_eq!(resume.pending.uncertain(), 0);
}
