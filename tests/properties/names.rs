//! Names that the server makes up.

use blocking_chat::base::name::Name;
use blocking_chat::server::room::free_name::NameTable;

use crate::tries::holds;

/// Characters with rules of their own, among all others.
const CHARACTERS: &str =
    r"[anΣ\-０ｶﾞéç\u{300}-\u{304}\u{200C}\u{200D}l·・カ׳א٣۳ییا्क\u{64B}\PC]{1,40}";

#[test]
fn another_bearers_name_is_a_name_and_numbered() {
    holds(256, &(CHARACTERS, 2_u64..), |(text, number)| {
        let Some(name) = Name::cleaned(&text) else {
            return;
        };
        assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
        let numbered = name.numbered(number);
        let parsed = Name::parse(numbered.as_str());
        assert_eq!(parsed.as_ref().map(Name::as_str), Ok(numbered.as_str()));
        assert_eq!(parsed.as_ref(), Ok(&numbered));
        assert!(numbered.as_str().ends_with(&format!("-{number}")));
        let mut names = NameTable::default();
        names.insert(name.clone(), 1);
        names.insert(name.numbered(2), 2);
        names.insert(name.numbered(3), 3);
        assert_eq!(names.free(&name), name.numbered(4));
    });
}
