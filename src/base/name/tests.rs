use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

use crate::base::name::{MAX_CHARS, MAX_MARKS, Name};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

#[test]
fn name_may_use_letters_and_digits_of_any_script() {
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
fn invalid_names_are_refused() {
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
fn name_has_at_most_32_characters() {
    for letter in ["a", "é", "李", "𐐷"] {
        assert!(Name::parse(&letter.repeat(32)).is_ok(), "{letter}");
        assert!(Name::parse(&letter.repeat(33)).is_err(), "{letter}");
    }
    assert!(Name::parse(&"a".repeat(100_000)).is_err());
}

#[test]
fn canonically_equivalent_names_are_equal() {
    assert_eq!(name("Jose\u{301}"), name("Jos\u{E9}"));
    assert_eq!(name("Jose\u{301}").as_str(), "Jos\u{E9}");
    assert_eq!(name("\u{1112}\u{1161}\u{11AB}").as_str(), "한");
}

/// RFC 8266, section 2.4, defines this comparison. At the end of a word, an uppercase sigma equals the final sigma,
/// `ς`.
#[test]
fn case_and_width_do_not_distinguish_names() {
    for (one, other) in [
        ("Anna", "anna"),
        ("JOSÉ", "jose\u{301}"),
        ("Ａｎｎａ", "anna"),
        ("ΑΝΝΑΣ", "αννας"),
        ("ЖАННА", "жанна"),
        ("ｶﾞ", "ガ"),
        ("STRAẞE", "straße"),
        ("anna-2", "ANNA-2"),
    ] {
        assert_eq!(name(one), name(other));
        assert_eq!(hash(&name(one)), hash(&name(other)), "{one}");
    }
    assert_eq!(name("Anna").as_str(), "Anna");
    assert_eq!(name("Ａｎｎａ").as_str(), "Anna");
    assert_ne!(name("anna"), name("ana"));
    assert_ne!(name("анна"), name("aннa"));
}

fn hash(name: &Name) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// The characters with the Unicode property Default_Ignorable_Code_Point, and other characters that are displayed as
/// blank.
const INVISIBLE: [RangeInclusive<char>; 20] = [
    '\u{AD}'..='\u{AD}',
    '\u{34F}'..='\u{34F}',
    '\u{61C}'..='\u{61C}',
    '\u{115F}'..='\u{1160}',
    '\u{17B4}'..='\u{17B5}',
    '\u{180B}'..='\u{180F}',
    '\u{200B}'..='\u{200F}',
    '\u{2028}'..='\u{202E}',
    '\u{2060}'..='\u{206F}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{FE00}'..='\u{FE0F}',
    '\u{FEFF}'..='\u{FEFF}',
    '\u{FFA0}'..='\u{FFA0}',
    '\u{FFF0}'..='\u{FFFB}',
    '\u{13430}'..='\u{13442}',
    '\u{1BCA0}'..='\u{1BCA3}',
    '\u{1D159}'..='\u{1D159}',
    '\u{1D173}'..='\u{1D17A}',
    '\u{E0000}'..='\u{E0FFF}',
];

#[test]
fn invisible_characters_are_refused_in_a_name() {
    for invisible in INVISIBLE.into_iter().flatten() {
        for text in [
            format!("anna{invisible}"),
            format!("{invisible}anna"),
            format!("an{invisible}na"),
        ] {
            assert!(Name::parse(&text).is_err(), "{}", text.escape_unicode());
        }
    }
}

/// RFC 5892, appendices A.1 and A.2, defines where a joiner is allowed.
#[test]
fn joiner_is_allowed_only_where_its_script_needs_it() {
    for text in [
        "می\u{200C}خواهم",
        "نرگس\u{200C}خانم",
        "ශ්\u{200D}රී",
        "क्\u{200D}ष",
    ] {
        assert_eq!(name(text).as_str(), text);
    }
    for text in [
        "an\u{200D}na",
        "an\u{200C}na",
        "دانا\u{200C}",
        "دا\u{200C}نا",
        "می\u{200C}\u{200C}خواهم",
        "ශ\u{200D}රී",
        "\u{200C}می",
    ] {
        assert!(Name::parse(text).is_err(), "{}", text.escape_unicode());
    }
}

#[test]
fn name_with_too_many_stacked_marks_is_refused() {
    assert_eq!(MAX_MARKS, 4);
    for text in [
        "Việt",
        "שָּׁלוֹם",
        "รู้",
        "རྒྱུད",
        "ကြောင့်",
        "සෝං",
        "a\u{301}\u{302}\u{303}\u{304}",
    ] {
        assert!(Name::parse(text).is_ok(), "{text}");
    }
    let marks = ('\u{300}'..='\u{31B}').collect::<String>();
    for text in [
        format!("a{marks}"),
        "a\u{301}\u{302}\u{303}\u{304}\u{306}".to_owned(),
        // With the accent of the é, these are five marks.
        "\u{E9}\u{302}\u{303}\u{304}\u{306}".to_owned(),
        // Two equal marks look like one.
        "a\u{323}\u{323}".to_owned(),
    ] {
        assert!(Name::parse(&text).is_err(), "{text}");
    }
}

#[test]
fn names_may_use_scripts_newer_than_the_registry() {
    // These are Adlam, Osage, lowercase Cherokee and uppercase Cherokee.
    for text in ["𞤀𞤣𞤤𞤢𞤥", "𐓏𐓘𐓻𐓘𐓻𐓟", "ꭰꮒ", "ᎠᏂ"] {
        assert_eq!(name(text).as_str(), text);
    }
    assert_eq!(name("ᎠᏂ"), name("ꭰꮒ"));
}

/// No character decomposes into more than four code points. ᾂ has four: an alpha, a breathing mark, an accent, and an
/// iota below.
#[test]
fn length_limit_counts_composed_characters() {
    let spelled = "\u{3B1}\u{313}\u{300}\u{345}";
    assert_eq!(name(spelled).as_str(), "\u{1F82}");
    assert_eq!(name(&spelled.repeat(32)).as_str(), "\u{1F82}".repeat(32));
    assert!(Name::parse(&spelled.repeat(33)).is_err());
}

#[test]
fn numbered_name_stays_within_the_length_limit() {
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
fn cleaned_text_is_a_name_unless_nothing_is_left() {
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
