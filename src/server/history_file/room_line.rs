//! The first line of a history file, which names the room.

/// The beginning of the first line. In the wire format, the whole first line is a line without a number.
const START: &str = "* transcript of room ";

/// How many hex digits the id of a room has.
const ID_LENGTH: usize = 8;

/// The length of the first line in bytes, including its newline.
pub(crate) const LENGTH: usize = START.len() + ID_LENGTH + 1;

/// What the beginning of a file contains.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum RoomLine {
    /// A complete first line, with this room id.
    Complete(String),
    /// Nothing, or a part of a first line: a server may have been killed while it created the file.
    Incomplete,
    /// Something else: the file is not a transcript.
    Other,
}

/// Returns the first line of a file for the room with the id `room`, including its newline.
pub(crate) fn encode(room: &str) -> String {
    format!("{START}{room}\n")
}

/// Parses the beginning of a file. Ignores everything after the first [`LENGTH`] bytes.
pub(crate) fn parse(file: &[u8]) -> RoomLine {
    let file = file.get(..LENGTH).unwrap_or(file);
    let text = file.get(..START.len()).unwrap_or(file);
    if !START.as_bytes().starts_with(text) {
        return RoomLine::Other;
    }
    let rest = file.get(START.len()..).unwrap_or_default();
    let id = rest.get(..ID_LENGTH).unwrap_or(rest);
    let is_id = id
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match rest.get(ID_LENGTH) {
        _ if !is_id => RoomLine::Other,
        None => RoomLine::Incomplete,
        Some(b'\n') => RoomLine::Complete(String::from_utf8_lossy(id).into_owned()),
        Some(_) => RoomLine::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{RoomLine, encode, parse};

    #[test]
    fn every_prefix_of_a_room_line_is_incomplete() {
        let line = encode("5f3a09c1");
        for length in 0..line.len() {
            assert_eq!(parse(&line.as_bytes()[..length]), RoomLine::Incomplete);
        }
        let complete = RoomLine::Complete("5f3a09c1".to_owned());
        assert_eq!(parse(line.as_bytes()), complete);
        assert_eq!(parse(format!("{line}1 anna: hi\n").as_bytes()), complete);
    }

    #[test]
    fn other_text_is_not_a_room_line() {
        let others = [
            "x",
            "* transcript of room 5F3A09C1\n",
            "* transcript of room 5f3a09c12\n",
            "* transcript of room 5f3a09\n1",
            "* transcript of room \n",
            "1 anna: hello\n",
            "\u{feff}* transcript of room 5f3a09c1\n",
        ];
        for other in others {
            assert_eq!(parse(other.as_bytes()), RoomLine::Other, "{other:?}");
        }
    }
}
