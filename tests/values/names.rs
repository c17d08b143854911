//! Names: what may be one, when two are the same, and how a second bearer is called.

use blocking_chat::name::{MAX_CHARS, Name};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

#[test]
fn letters_and_digits_of_any_script_make_a_name() {
    for text in [
        "a",
        "anna-maria_2.0",
        "José",
        "Zoë",
        "Μαρία",
        "Анна",
        "李小龍",
        "さくら",
        "سلمى",
        "דנה",
        "٣٤",
        "...",
    ] {
        assert_eq!(name(text).as_str(), text);
    }
}

#[test]
fn what_could_be_mistaken_for_something_else_is_no_name() {
    for text in [
        "",
        " ",
        "an na",
        "anna:",
        "anna\n",
        "*",
        "/who",
        "a\u{202E}b",
        "a\u{200B}b",
        "👩",
        "a\0",
        "\u{301}",
        "a,b",
    ] {
        assert!(Name::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn thirty_two_characters_are_a_name_and_one_more_is_none() {
    for letter in ["a", "é", "李", "𝒜"] {
        assert!(Name::parse(&letter.repeat(32)).is_ok(), "{letter}");
        assert!(Name::parse(&letter.repeat(33)).is_err(), "{letter}");
    }
    assert!(Name::parse(&"a".repeat(100_000)).is_err());
}

#[test]
fn two_spellings_of_one_name_are_the_same_name() {
    assert_eq!(name("Jose\u{301}"), name("Jos\u{E9}"));
    assert_eq!(name("Jose\u{301}").as_str(), "Jos\u{E9}");
    assert_eq!(name("\u{1112}\u{1161}\u{11AB}").as_str(), "한");
    assert_ne!(name("anna"), name("Anna"));
}

/// No character is written with more than four: ᾂ is an alpha, two accents and an iota below.
#[test]
fn a_name_is_as_long_as_it_looks_however_it_is_spelled() {
    let spelled = "\u{3B1}\u{313}\u{300}\u{345}";
    assert_eq!(name(spelled).as_str(), "\u{1F82}");
    assert_eq!(name(&spelled.repeat(32)).as_str(), "\u{1F82}".repeat(32));
    assert!(Name::parse(&spelled.repeat(33)).is_err());
}

#[test]
fn another_bearer_is_numbered_and_the_name_shortened_where_it_would_be_too_long() {
    assert_eq!(name("anna").numbered(2).as_str(), "anna-2");
    let longest = name(&"é".repeat(MAX_CHARS));
    assert_eq!(longest.numbered(2).as_str(), "é".repeat(30) + "-2");
    assert_eq!(longest.numbered(100).as_str(), "é".repeat(28) + "-100");
    assert_eq!(
        name(&"a".repeat(30)).numbered(2).as_str(),
        "a".repeat(30) + "-2"
    );
    assert!(Name::parse(longest.numbered(u64::MAX).as_str()).is_ok());
}

#[test]
fn any_text_can_be_cleaned_to_a_name_unless_nothing_is_left() {
    assert_eq!(
        Name::cleaned("Anna  Maria (home)").unwrap().as_str(),
        "AnnaMariahome"
    );
    assert_eq!(
        Name::cleaned(&"x ".repeat(40)).unwrap(),
        name(&"x".repeat(32))
    );
    assert_eq!(Name::cleaned(" :👩"), None);
    assert_eq!(Name::guest(7).as_str(), "guest-7");
}
