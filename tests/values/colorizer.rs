//! How the client shows a line.

use blocking_chat::client::output::Style;
use blocking_chat::client::output::colorize::Colorizer;

#[test]
fn three_names_get_different_colors_and_keep_them() {
    let mut colorizer = Colorizer::new(Style {
        has_color: true,
        ..Style::default()
    });
    let mut colored = |name: &str| {
        let line = colorizer.format(&format!("7 {name}: hello"), None);
        let (escape, _) = line.split_once(name).unwrap();
        escape.to_owned()
    };
    let first = ["anna", "ben", "carl"].map(&mut colored);
    assert!(first[0] != first[1] && first[1] != first[2] && first[2] != first[0]);
    assert_eq!(["anna", "ben", "carl"].map(&mut colored), first);
}

#[test]
fn bell_rings_when_another_member_says_our_name() {
    let mut colorizer = Colorizer::new(Style {
        has_bell: true,
        ..Style::default()
    });
    for (line, rings) in [
        ("1 ben: hi anna!", true),
        ("2 ben: annas", false),
        ("3 anna: anna", false),
        ("4 * anna joined", false),
    ] {
        let shown = colorizer.format(line, Some("anna"));
        assert_eq!(shown.starts_with('\x07'), rings, "{line}");
    }
}
