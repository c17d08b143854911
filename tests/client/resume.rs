//! What a client remembers after it has lost its connection. These tests use no sockets.

use blocking_chat::client::resume::ResumeState;
use blocking_chat::client::resume::pending_lines::MAX_IN_FLIGHT;
use blocking_chat::client::resume::replay::ServerKind;

const WELCOME: &str = "* you are anna in room 5f3a09c1";

/// What `end_replay` returns if the client must reconnect.
const RECONNECT: Option<Vec<String>> = None;

/// Returns the state of a client that has received line 7 and then sent these lines. None of them has a receipt yet.
fn state_after_sending(lines: &[&str]) -> ResumeState {
    let mut resume = ResumeState::default();
    resume.pending.takes_commands = true;
    resume.begin();
    resume.on_line(WELCOME);
    resume.on_line("7 * anna joined");
    resume.end_replay();
    for line in lines {
        resume.pending.push(line);
        assert!(resume.pending.next_unsent(true).is_some());
    }
    resume
}

/// Begins the next connection, whose replay has these lines. Returns the result of `end_replay`.
fn catch_up(resume: &mut ResumeState, lines: &[&str]) -> Option<Vec<String>> {
    resume.begin();
    for line in lines {
        resume.on_line(line);
    }
    resume.end_replay()
}

fn to_send(resume: &mut ResumeState) -> Vec<String> {
    std::iter::from_fn(|| resume.pending.next_unsent(true)).collect()
}

fn nothing() -> Option<Vec<String>> {
    Some(Vec::new())
}

#[test]
fn only_lines_without_receipts_are_resent() {
    let mut resume = state_after_sending(&["one", "//two", "two\u{7}", "/who", "three"]);
    let past = [
        WELCOME,
        "8 anna: one",
        "9 ben: three",
        "10 anna: /two",
        "11 anna: two\u{FFFD}",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["/who", "three"]);
}

#[test]
fn request_has_our_name_the_room_and_the_last_number() {
    let resume = state_after_sending(&[]);
    let asked = resume.url_parameters();
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
fn lines_after_our_old_connection_has_left_are_not_ours() {
    let mut resume = state_after_sending(&["one", "two"]);
    let past = [
        "* you are anna-2 in room 5f3a09c1",
        "8 anna: one",
        "9 * anna left",
        "10 * anna joined",
        "11 anna: two",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["two"]);
    resume.on_line("12 anna: two");
    assert_eq!(
        resume.pending.uncertain(),
        1,
        "another member has the name now"
    );
    resume.on_line("13 anna-2: two");
    assert_eq!(resume.pending.uncertain(), 0);
}

#[test]
fn rename_in_flight_makes_us_reconnect_with_the_new_name() {
    let mut resume = state_after_sending(&["/nick bea", "one", "two"]);
    let past = [WELCOME, "8 * anna is now bea", "9 bea: one"];
    assert_eq!(catch_up(&mut resume, &past), RECONNECT);
    assert_eq!(resume.name.as_deref(), Some("bea"));
    let past = ["* you are bea in room 5f3a09c1"];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["two"]);
}

#[test]
fn new_name_is_kept_after_the_old_connection_has_left() {
    let mut resume = state_after_sending(&["/nick bea", "one"]);
    let past = [
        WELCOME,
        "8 * anna is now bea",
        "9 bea: one",
        "10 * bea left",
        "11 * anna joined",
    ];
    assert_eq!(catch_up(&mut resume, &past), RECONNECT);
    assert_eq!(resume.name.as_deref(), Some("bea"));
    assert_eq!(to_send(&mut resume), [""; 0]);
}

/// Receipts after the gap may carry the old name or the new one.
#[test]
fn rename_that_a_gap_may_hide_leaves_sent_lines_uncertain() {
    let lines = ["one", "/nick bea", "two", "three"];
    let mut resume = state_after_sending(&lines);
    resume.pending.push("four");
    let past = [WELCOME, "* 2 lines are gone", "10 bea: two"];
    let uncertain = ["one", "two", "three"].map(str::to_owned).to_vec();
    assert_eq!(catch_up(&mut resume, &past), Some(uncertain));
    assert_eq!(to_send(&mut resume), ["four"]);
}

#[test]
fn receipts_in_a_gap_before_a_rename_use_the_old_name() {
    let mut resume = state_after_sending(&["one", "/nick bea", "two"]);
    resume.on_line("* 1 line is gone");
    resume.on_line("9 * anna is now bea");
    assert_eq!(resume.name.as_deref(), Some("bea"));
    let past = [
        "* you are bea in room 5f3a09c1",
        "8 anna: one",
        "9 * anna is now bea",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["two"]);
}

#[test]
fn lines_are_requested_if_a_live_gap_may_hide_our_rename() {
    let mut resume = state_after_sending(&["/help", "/nick bea"]);
    for line in ["* /nick NAME changes your name", "* /who lists who is here"] {
        resume.on_line(line);
    }
    assert!(!resume.may_miss_name(), "there is no gap");
    assert!(resume.on_line("* 1 line is gone").wants_ping);
    assert!(resume.may_miss_name());
    let past = [WELCOME, "8 * anna is now bea"];
    assert_eq!(catch_up(&mut resume, &past), RECONNECT);
    assert_eq!(resume.name.as_deref(), Some("bea"));
}

/// A client that does not reconnect cannot request the lines of the gap.
#[test]
fn name_hidden_in_a_gap_is_learned_from_our_next_receipt() {
    let mut resume = state_after_sending(&["/nick bea"]);
    assert!(resume.on_line("* 1 line is gone").wants_ping);
    let position = resume.pending.position();
    resume.pending.push("one");
    assert_eq!(to_send(&mut resume), ["one"]);
    resume.on_pong(position);
    assert_eq!(resume.name, None);
    resume.on_line("9 ben: two");
    resume.on_line("10 bea: one");
    assert_eq!(resume.name.as_deref(), Some("bea"));
    assert_eq!(resume.pending.uncertain(), 0);
}

#[test]
fn earlier_member_with_our_name_is_not_us() {
    let first = |lines: &[&str]| {
        let mut resume = ResumeState::default();
        assert_eq!(catch_up(&mut resume, &[WELCOME]), nothing());
        resume.pending.push("one");
        to_send(&mut resume);
        let caught_up = catch_up(
            &mut resume,
            &[&[WELCOME, "1 * anna joined"], lines].concat(),
        );
        (caught_up, to_send(&mut resume))
    };
    let ours = ["2 * anna left", "3 * anna joined", "4 anna: one"];
    assert_eq!(first(&ours), (nothing(), Vec::new()));
    let whose = ["2 anna: one", "3 * anna left", "4 * anna joined"];
    let uncertain = Some(vec!["one".to_owned()]);
    assert_eq!(first(&whose), (uncertain, Vec::new()));
}

#[test]
fn old_rename_in_the_history_is_not_ours() {
    let mut resume = ResumeState::default();
    resume.begin();
    for line in [
        WELCOME,
        "1 * anna joined",
        "2 anna: old",
        "3 * anna is now bea",
    ] {
        resume.on_line(line);
    }
    assert_eq!(resume.end_replay(), nothing());
    assert_eq!(resume.name.as_deref(), Some("anna"));
}

#[test]
fn lines_that_may_be_in_a_gap_are_not_resent() {
    for gap in ["* 12 lines are gone", "* 1 line is gone"] {
        let mut resume = state_after_sending(&["one", "two"]);
        resume.pending.push("three");
        let past = [WELCOME, gap, "20 ben: hello"];
        let uncertain = Some(vec!["one".to_owned(), "two".to_owned()]);
        assert_eq!(catch_up(&mut resume, &past), uncertain);
        assert_eq!(to_send(&mut resume), ["three"]);
    }
}

#[test]
fn lines_without_receipts_are_resent_to_another_room() {
    let mut resume = state_after_sending(&["one"]);
    let past = [
        "* you are anna in room 00000001",
        "* this is another room",
        "1 anna: one",
        "2 * anna joined",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["one"]);
}

fn missing(resume: &mut ResumeState, line: &str) -> u64 {
    resume.on_line(line).missing
}

#[test]
fn only_unexplained_jumps_are_reported() {
    let mut resume = state_after_sending(&[]);
    assert_eq!(missing(&mut resume, "8 ben: hello"), 0);
    assert_eq!(missing(&mut resume, "23 ben: hello"), 14);
    assert_eq!(missing(&mut resume, "* here: anna, ben"), 0);
    assert_eq!(missing(&mut resume, "24 ben: hello"), 0);
    assert_eq!(missing(&mut resume, "* 5 lines are gone"), 0);
    assert_eq!(missing(&mut resume, "30 ben: hello"), 0);
    resume.begin();
    assert_eq!(missing(&mut resume, WELCOME), 0);
    assert_eq!(missing(&mut resume, "* 4 lines are gone"), 0);
    assert_eq!(missing(&mut resume, "36 ben: hello"), 1);
    assert_eq!(missing(&mut resume, "37 ben: hello"), 0);
}

#[test]
fn our_line_after_a_gap_acknowledges_the_earlier_ones() {
    let mut resume = state_after_sending(&["one", "two", "three", "four"]);
    let past = [
        WELCOME,
        "* 12 lines are gone",
        "20 ben: hello",
        "21 anna: two",
    ];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["three", "four"]);
}

#[test]
fn receipts_of_an_interrupted_replay_still_count() {
    let mut resume = state_after_sending(&["one", "two", "three"]);
    resume.begin();
    for line in [WELCOME, "* 12 lines are gone", "20 anna: two"] {
        resume.on_line(line);
    }
    assert_eq!(catch_up(&mut resume, &[WELCOME]), nothing());
    assert_eq!(to_send(&mut resume), ["three"]);
}

#[test]
fn old_name_survives_an_interrupted_replay() {
    let mut resume = state_after_sending(&["one", "two"]);
    resume.begin();
    resume.on_line("* you are anna-2 in room 5f3a09c1");
    let past = ["* you are anna-2 in room 5f3a09c1", "8 anna: one"];
    assert_eq!(catch_up(&mut resume, &past), nothing());
    assert_eq!(to_send(&mut resume), ["two"]);
}

#[test]
fn pong_after_a_live_gap_replaces_the_receipts_in_it() {
    let mut resume = state_after_sending(&["yes", "yes"]);
    assert!(resume.on_line("* 3 lines are gone").wants_ping);
    let position = resume.pending.position();
    // This may be the receipt of the first line or of the second.
    resume.on_line("11 anna: yes");
    assert_eq!(resume.pending.uncertain(), 2);
    resume.on_pong(position);
    assert_eq!(resume.pending.uncertain(), 0);
    assert!(
        !resume.on_line("* 3 lines are gone").wants_ping,
        "nothing is in flight"
    );
}

#[test]
fn lines_of_an_unproven_gap_are_requested_but_not_shown() {
    let mut resume = state_after_sending(&["yes", "yes", "no"]);
    resume.on_line("* 3 lines are gone");
    resume.on_line("11 anna: yes");
    let since = resume.url_parameters().pop().unwrap();
    assert_eq!(since, ("since", "7".to_owned()));
    resume.begin();
    resume.on_line(WELCOME);
    for line in ["8 ben: a", "9 anna: yes", "10 ben: b", "11 anna: yes"] {
        assert!(resume.on_line(line).is_old, "{line}");
    }
    assert!(!resume.on_line("12 ben: c").is_old);
    assert_eq!(resume.end_replay(), nothing());
    assert_eq!(to_send(&mut resume), ["no"]);
}

/// The first new connection delivers no line, the second delivers one, and the third delivers the rest.
#[test]
fn gap_stays_open_until_a_replay_is_complete() {
    let mut resume = state_after_sending(&["yes", "yes", "no"]);
    resume.on_line("* 1 line is gone");
    resume.on_line("9 anna: yes");
    resume.begin();
    let since = |resume: &ResumeState| resume.url_parameters().pop().unwrap().1;
    assert_eq!(since(&resume), "7");
    resume.begin();
    resume.on_line(WELCOME);
    resume.on_line("8 anna: yes");
    assert_eq!(
        since(&resume),
        "8",
        "the receipt counts for the first line only"
    );
    assert_eq!(catch_up(&mut resume, &[WELCOME, "9 anna: yes"]), nothing());
    assert_eq!(to_send(&mut resume), ["no"]);
}

/// The server reports two gaps before the Pong. The Pong replaces the receipts that may be in the gaps.
#[test]
fn pong_closes_every_gap_before_it() {
    let mut resume = state_after_sending(&["yes"]);
    resume.on_line("* 1 line is gone");
    let position = resume.pending.position();
    resume.pending.push("yes");
    resume.pending.next_unsent(true).unwrap();
    resume.on_line("9 ben: hello");
    resume.on_line("* 2 lines are gone");
    resume.on_pong(position);
    assert_eq!(resume.url_parameters().pop().unwrap().1, "11");
    assert_eq!(catch_up(&mut resume, &[WELCOME, "12 ben: hi"]), nothing());
    assert_eq!(to_send(&mut resume), ["yes"]);
}

#[test]
fn jump_in_the_numbers_counts_as_a_gap() {
    let mut resume = state_after_sending(&["one"]);
    let info = resume.on_line("12 ben: hello");
    assert_eq!((info.missing, info.wants_ping), (4, true));
}

#[test]
fn server_without_numbers_gets_nothing_twice() {
    let mut resume = ResumeState::default();
    resume.begin();
    resume.end_replay();
    resume.pending.push("one");
    assert_eq!(to_send(&mut resume), ["one"]);
    assert_eq!(missing(&mut resume, "one"), 0);
    assert_eq!(resume.server, ServerKind::Plain);
    assert_eq!(resume.pending.uncertain(), 0);
    assert_eq!(missing(&mut resume, "9 anna: no number"), 0);
    resume.pending.push("two");
    assert_eq!(to_send(&mut resume), ["two"]);
    let uncertain = Some(vec!["two".to_owned()]);
    assert_eq!(catch_up(&mut resume, &[]), uncertain);
    assert_eq!(to_send(&mut resume), [""; 0]);
}

#[test]
fn lines_that_the_server_changed_count_as_receipts() {
    let mut resume = state_after_sending(&["one", "two"]);
    resume.on_line("8 anna: ONE");
    assert_eq!(resume.pending.uncertain(), 1);
    resume.on_line("9 anna: two");
    assert_eq!(resume.pending.uncertain(), 0);
}

#[test]
fn slashes_are_escaped_only_for_a_chat_like_ours() {
    let lines = ["/usr/bin/env", "//x", "/quit", "x"];
    for (numbers, sent) in [
        (true, ["//usr/bin/env", "///x", "//quit", "x"]),
        (false, lines),
    ] {
        let mut resume = ResumeState::default();
        lines.iter().for_each(|line| resume.pending.push(line));
        let unsent = std::iter::from_fn(|| resume.pending.next_unsent(numbers));
        assert_eq!(unsent.collect::<Vec<_>>(), sent);
        assert!(resume.pending.acknowledge("//x"));
        assert_eq!(resume.pending.uncertain(), 2);
    }
}

#[test]
fn lines_in_flight_are_limited() {
    let mut resume = ResumeState::default();
    (0..2 * MAX_IN_FLIGHT).for_each(|_| resume.pending.push("x"));
    assert_eq!(to_send(&mut resume).len(), MAX_IN_FLIGHT);
    resume.pending.acknowledge_to(3);
    assert_eq!(to_send(&mut resume).len(), 3);
}
