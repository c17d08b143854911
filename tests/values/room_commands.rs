//! Lines that begin with a slash.

use blocking_chat::server::room::commands::{MAX_COMMANDS, MAX_NAMES};

use crate::test_room::{SentLine, TestRoom, all, one};

#[test]
fn nick_changes_the_name_and_is_announced_to_everyone() {
    let mut room = TestRoom::with(&["anna"]);
    assert_eq!(room.say(1, "/nick ben"), [all("2 * anna is now ben")]);
    assert_eq!(room.say(1, "it is me"), [all("3 ben: it is me")]);
    assert_eq!(room.join(2, "anna").sent, [all("4 * anna joined")]);
    assert_eq!(room.leave(1), [all("5 * ben left")]);
}

#[test]
fn nick_normalizes_and_trims_the_name() {
    let mut room = TestRoom::with(&["anna"]);
    assert_eq!(
        room.say(1, "/nick \t Jose\u{301} "),
        [all("2 * anna is now Jos\u{E9}")]
    );
}

#[test]
fn refusal_of_a_name_reaches_only_the_sender() {
    let mut room = TestRoom::with(&["anna", "ben"]);
    for wanted in ["ben", "anna", "", "two words", "a:b", &"x".repeat(33)] {
        let sent = room.say(1, &format!("/nick {wanted}"));
        assert!(
            matches!(&sent[..], [SentLine::One(1, line)] if line.starts_with("* you keep your name")),
            "{wanted:?}: {sent:?}"
        );
    }
    assert_eq!(room.say(1, "still me"), [all("3 anna: still me")]);
}

#[test]
fn member_can_change_the_spelling_of_its_own_name() {
    let mut room = TestRoom::with(&["anna", "ben"]);
    assert_eq!(room.say(1, "/nick Anna"), [all("3 * anna is now Anna")]);
    assert_eq!(
        room.say(1, "/nick Anna"),
        [one(1, "* you keep your name: you are Anna already")]
    );
    assert_eq!(
        room.say(2, "/nick ANNA"),
        [one(2, "* you keep your name: ANNA is taken")]
    );
    assert_eq!(room.say(1, "/who"), [one(1, "* here: Anna, ben")]);
    assert_eq!(room.leave(1), [all("4 * Anna left")]);
    assert_eq!(room.say(2, "/nick ANNA"), [all("5 * ben is now ANNA")]);
}

#[test]
fn who_lists_the_members_for_the_sender_alone() {
    let mut room = TestRoom::with(&["anna", "ben", "cleo"]);
    room.leave(2);
    assert_eq!(room.say(3, "/who"), [one(3, "* here: anna, cleo")]);
}

#[test]
fn who_lists_at_most_100_names_and_counts_the_others() {
    let mut room = TestRoom::new(10);
    (1..=100).for_each(|id| _ = room.join(id, "x"));
    let names: Vec<String> = (2..=100).map(|n| format!("x-{n}")).collect();
    let hundred = format!("* here: x, {}", names.join(", "));
    assert_eq!(MAX_NAMES, 100);
    assert_eq!(room.say(1, "/who"), [one(1, &hundred)]);
    (101..=412).for_each(|id| _ = room.join(id, "y"));
    assert_eq!(room.say(1, "/who"), [one(1, &(hundred + ", and 312 more"))]);
}

#[test]
fn help_lists_every_command_for_the_sender_alone() {
    let sent = TestRoom::with(&["anna"]).say(1, "/help");
    let lines: Vec<String> = sent
        .into_iter()
        .map(|sent| match sent {
            SentLine::One(1, line) => line,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(lines.iter().all(|line| line.starts_with("* ")), "{lines:?}");
    for command in ["/nick NAME", "/who", "/help", "//text"] {
        assert!(lines.iter().any(|line| line.contains(command)), "{command}");
    }
}

#[test]
fn unknown_command_is_reported_and_not_said() {
    let mut room = TestRoom::with(&["anna"]);
    for command in ["/whoami", "/", "/ who", "/NICK ben", "/é"] {
        let sent = room.say(1, command);
        assert!(
            matches!(&sent[..], [SentLine::One(1, line)] if line.starts_with("* /") && line.contains(" is not a command; ")),
            "{command}: {sent:?}"
        );
    }
    assert_eq!(room.say(1, "x"), [all("2 anna: x")]);
}

#[test]
fn only_the_first_16_commands_of_a_message_are_run() {
    let mut room = TestRoom::with(&["anna"]);
    let sent = room.say(1, &["/who"; 1000].join("\n"));
    assert_eq!(sent.len(), MAX_COMMANDS + 1);
    assert_eq!(sent[0], one(1, "* here: anna"));
    assert_eq!(
        sent[MAX_COMMANDS],
        one(1, "* only the first 16 commands of a message are run")
    );
}

#[test]
fn two_slashes_send_a_line_with_one_slash() {
    let mut room = TestRoom::with(&["anna"]);
    assert_eq!(room.say(1, "//who"), [all("2 anna: /who")]);
    assert_eq!(room.say(1, "///"), [all("3 anna: //")]);
    assert_eq!(room.say(1, " /who"), [all("4 anna:  /who")]);
}

#[test]
fn lines_and_commands_of_a_message_take_effect_in_order() {
    let mut room = TestRoom::with(&["anna"]);
    assert_eq!(
        room.say(1, "one\n/nick ben\ntwo\n/who"),
        [
            all("2 anna: one"),
            all("3 * anna is now ben"),
            all("4 ben: two"),
            one(1, "* here: ben")
        ]
    );
}

#[test]
fn long_command_gets_a_short_answer() {
    let mut stage = TestRoom::with(&["anna"]);
    let long = "é".repeat(8000);
    for command in ["/", "/nick ", "/nick x", "/who ", "/help "] {
        let sent = stage.say(1, &format!("{command}{long}"));
        let is_short = |it: &SentLine| matches!(it, SentLine::One(1, line) if line.len() < 200);
        assert!(!sent.is_empty() && sent.iter().all(is_short), "{command}");
    }
}
