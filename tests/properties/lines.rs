//! The conversions of a line: from a message to numbered lines, from numbered lines to frames, and back.

use std::borrow::Cow;

use blocking_chat::base::id::ClientId;
use blocking_chat::base::line::{self, Lines, LinesError, MAX_LINES};
use blocking_chat::base::{frame, gap};
use blocking_chat::client::connect::masked::masked;
use blocking_chat::server::room::Room;
use blocking_chat::server::room::join::JoinRequest;
use blocking_chat::server::room::output::RoomOutput;
use proptest::collection::vec;
use proptest::prelude::*;
use tungstenite::Message;

use crate::runner::check_property;
use crate::support::raw_frame::{TEXT, decode};
use crate::support::scripted_server::decode_masked;

/// Generates messages with all kinds of characters that could split or damage a line.
fn message() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => "[ -~]{0,20}",
        4 => "\\PC{0,10}",
        2 => any::<char>().prop_map(String::from),
        4 => proptest::sample::select(vec!["\n", "\r\n", "\r", "\n\n", "/", ": ", "* ", "\u{2028}"])
            .prop_map(str::to_owned),
        1 => (0_usize..70_000).prop_map(|length| "x".repeat(length)),
    ];
    vec(part, 0..20).prop_map(|parts| parts.concat())
}

/// Keeps the lines that everyone receives.
#[derive(Default)]
struct Recorder(Vec<String>);

impl RoomOutput for Recorder {
    fn to_all(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }

    fn to_one(&mut self, _: ClientId, _: &str) {}
}

#[test]
fn message_is_split_into_cleaned_nonempty_lines() {
    check_property(100, &message(), |message| {
        let expected: Vec<Cow<'_, str>> = message
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .filter(|line| !line.is_empty())
            .map(line::clean)
            .collect();
        match Lines::parse(&message) {
            Ok(lines) => assert_eq!(lines.iter().collect::<Vec<_>>(), expected),
            Err(LinesError::Empty) => assert!(expected.is_empty()),
            Err(LinesError::TooMany) => assert!(expected.len() > MAX_LINES),
        }
    });
}

#[test]
fn no_line_contains_terminal_controls() {
    check_property(100, &message(), |message| {
        let Ok(lines) = Lines::parse(&message) else {
            return;
        };
        for line in lines.iter() {
            assert!(
                line.chars().all(|c| c == '\t' || !c.is_control()),
                "{line:?}"
            );
            assert!(!line.contains(['\u{2028}', '\u{2029}', '\u{202E}', '\u{2066}']));
            assert_eq!(line::clean(line), line, "cleaning again changes nothing");
        }
        let again: Vec<&str> = lines.iter().collect();
        assert_eq!(Lines::parse(&again.join("\r\n")), Ok(lines.clone()));
    });
}

/// Follows a line through the server: into a room, which numbers it, and into the frame that all members get.
#[test]
fn line_comes_back_as_it_was_said() {
    check_property(100, &(message(), 0_u64..2000), |(message, before)| {
        let Ok(lines) = Lines::parse(&message) else {
            return;
        };
        let (mut room, mut out) = (Room::new("5f3a09c1".into(), 10), Recorder::default());
        let request = JoinRequest::default();
        room.join(0, request, std::time::Instant::now(), &mut out);
        for _ in 0..before {
            room.say(0, &Lines::parse("x").unwrap(), &mut out);
        }
        let first = out.0.len() as u64 + 1;
        out.0.clear();
        // A line that begins with a slash is sent with one more slash in front.
        let typed: Vec<String> = lines.iter().map(escaped).collect();
        room.say(0, &Lines::parse(&typed.join("\n")).unwrap(), &mut out);
        let mut block = Vec::new();
        for line in &out.0 {
            frame::append_text(&mut block, line);
        }
        let mut rest = block.as_slice();
        for (number, said) in (first..).zip(lines.iter()) {
            let (frame, length) = decode(rest).unwrap();
            rest = &rest[length..];
            assert!(frame.fin && frame.opcode == TEXT);
            let line = String::from_utf8(frame.payload).unwrap();
            assert_eq!(line::number(&line), Some(number));
            assert_eq!(gap::parse(&line), None);
            let (_, text) = line.split_once(": ").unwrap();
            assert_eq!(text, said);
        }
        assert!(rest.is_empty());
    });
}

fn escaped(line: &str) -> String {
    match line.starts_with('/') {
        true => format!("/{line}"),
        false => line.to_owned(),
    }
}

/// Encodes messages as the client does, and decodes their frames.
#[test]
fn client_frame_contains_the_typed_text() {
    check_property(40, &vec(message(), 1..4), |messages| {
        let frames = messages.iter().map(|text| masked(Message::text(text)));
        let bytes = frames.collect::<Vec<_>>().concat();
        let mut rest = bytes.as_slice();
        for text in &messages {
            let (frame, length) = decode_masked(rest).unwrap().unwrap();
            rest = &rest[length..];
            assert_eq!((frame.opcode, frame.text()), (TEXT, text.clone()));
        }
        assert!(rest.is_empty());
    });
}

#[test]
fn parsed_gap_notice_has_the_written_count() {
    check_property(
        100,
        &(any::<u64>(), "\\* [0-9a +-]{0,5} lines? (are|is) gone.?"),
        |(count, other)| {
            assert_eq!(gap::parse(&gap::notice(count)), Some(count));
            if let Some(count) = gap::parse(&other) {
                let plain = other.replace("line is", "lines are");
                let digits = plain
                    .strip_prefix("* ")
                    .unwrap()
                    .strip_suffix(" lines are gone");
                assert_eq!(
                    digits
                        .unwrap()
                        .trim_start_matches('0')
                        .parse()
                        .ok()
                        .unwrap_or(0),
                    count
                );
            }
        },
    );
}
