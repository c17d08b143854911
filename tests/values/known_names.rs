//! The names and commands that Tab completes in the client.

use blocking_chat::client::terminal::names::{Completion, KnownNames};

fn names() -> KnownNames {
    let mut names = KnownNames::default();
    for line in [
        "1 * anna joined",
        "2 * annika joined",
        "3 ben: hello",
        "4 * carl joined",
        "5 * carl is now dora",
        "6 * ben left",
        "* you are anna in room 5f3a09c1",
    ] {
        names.on_line(line);
    }
    names
}

fn word(with: &str) -> Completion {
    Completion::Word(with.to_owned())
}

#[test]
fn name_is_completed_as_far_as_it_is_unambiguous() {
    assert_eq!(names().complete("do"), word("dora: "));
    assert_eq!(names().complete("hi DO"), word("dora "));
    assert_eq!(names().complete("a"), word("ann"));
    let both = vec!["anna".to_owned(), "annika".to_owned()];
    assert_eq!(names().complete("ann"), Completion::Several(both));
}

#[test]
fn command_is_completed_only_at_the_start_of_a_line() {
    assert_eq!(names().complete("/n"), word("/nick "));
    assert_eq!(names().complete("x /n"), Completion::Tab);
}

#[test]
fn tab_is_a_plain_tab_if_nothing_matches() {
    for text in ["", "x ", "ben", "carl", "zoe"] {
        assert_eq!(names().complete(text), Completion::Tab, "{text}");
    }
}
