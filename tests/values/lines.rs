//! How a message is split into lines, and which characters are replaced.

use blocking_chat::base::line;
use blocking_chat::base::line::{Lines, LinesError, MAX_LINES};

fn parsed(message: &str) -> Vec<String> {
    let lines = Lines::parse(message).unwrap();
    lines.iter().map(str::to_owned).collect()
}

#[test]
fn message_is_split_at_both_kinds_of_newline() {
    assert_eq!(parsed("one"), ["one"]);
    assert_eq!(parsed("one\ntwo\r\nthree"), ["one", "two", "three"]);
    assert_eq!(parsed("one\ntwo\n"), ["one", "two"]);
}

#[test]
fn empty_lines_are_dropped_but_blank_lines_are_kept() {
    assert_eq!(parsed("\n\r\none\n\n\r\n\r\ntwo\r\n\n"), ["one", "two"]);
    assert_eq!(parsed(" \n\t"), [" ", "\t"]);
}

#[test]
fn message_without_a_line_is_refused() {
    for message in ["", "\n", "\r\n", "\n\r\n\n", "\r"] {
        assert_eq!(Lines::parse(message), Err(LinesError::Empty), "{message:?}");
    }
}

#[test]
fn message_has_at_most_1000_lines() {
    let thousand = "a\n".repeat(1000);
    assert_eq!(MAX_LINES, 1000);
    assert_eq!(parsed(&thousand).len(), 1000);
    assert_eq!(parsed(&(thousand.clone() + "\n\r\n")).len(), 1000);
    assert_eq!(Lines::parse(&(thousand + "b")), Err(LinesError::TooMany));
}

#[test]
fn every_control_character_except_tab_is_replaced() {
    let c0 = (0..=0x1F).filter(|c| !b"\t\n".contains(c)).map(u32::from);
    for code in c0.chain(0x7F..=0x9F) {
        let control = char::from_u32(code).unwrap();
        let text = format!("a{control}b");
        assert_eq!(line::clean(&text), "a\u{FFFD}b", "U+{code:04X}");
        assert_eq!(parsed(&text), ["a\u{FFFD}b"], "U+{code:04X}");
    }
    assert_eq!(line::clean("a\nb"), "a\u{FFFD}b");
}

/// Python's `splitlines` also splits text at each character in `ends`. If a line kept one, a client in Python would see
/// a forged line.
#[test]
fn no_line_contains_a_character_that_python_splits_at() {
    let ends = "\r\u{B}\u{C}\u{1C}\u{1D}\u{1E}\u{85}\u{2028}\u{2029}";
    for end in ends.chars() {
        let forged = format!("hello{end}43 ben: forged");
        assert_eq!(parsed(&forged), ["hello\u{FFFD}43 ben: forged"]);
        assert_eq!(line::clean(&forged), "hello\u{FFFD}43 ben: forged");
    }
}

#[test]
fn characters_that_reorder_text_are_replaced() {
    for scope in ('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}') {
        let forged = format!("hello{scope}olleh :neb 34");
        assert_eq!(parsed(&forged), ["hello\u{FFFD}olleh :neb 34"]);
    }
    let marks = "left\u{200E}right\u{200F}arabic\u{61C}";
    assert_eq!(line::clean(marks), marks);
}

#[test]
fn safe_characters_are_not_replaced() {
    let text = "\ttab, no-break\u{A0}space, soft\u{AD}hyphen, e\u{301}, 👩‍👩‍👧, سلام, ~";
    assert_eq!(line::clean(text), text);
    assert_eq!(parsed(text), [text]);
}

#[test]
fn carriage_return_inside_a_line_is_replaced() {
    assert_eq!(
        parsed("over\rwritten\r\r\n"),
        ["over\u{FFFD}written\u{FFFD}"]
    );
}

#[test]
fn only_a_line_to_everyone_has_a_number() {
    assert_eq!(line::number("42 anna: hello"), Some(42));
    assert_eq!(line::number("43 * ben joined"), Some(43));
    for text in [
        "* you are anna in room 5f3a09c1",
        "",
        "42",
        " 42 x",
        "+42 x",
    ] {
        assert_eq!(line::number(text), None, "{text:?}");
    }
}

#[test]
fn number_consists_of_digits_only() {
    assert_eq!(line::decimal("0"), Some(0));
    assert_eq!(line::decimal("18446744073709551615"), Some(u64::MAX));
    for text in [
        "",
        "+1",
        "-1",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "١",
        "18446744073709551616",
    ] {
        assert_eq!(line::decimal(text), None, "{text:?}");
    }
}
