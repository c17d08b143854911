//! Reads history files as a crash, an editor or an attacker may leave them.

use std::io::Cursor;
use std::iter;

use blocking_chat::server::history_file::tail::{Tail, TailError};
use proptest::prelude::*;

use super::folder::transcript;

fn read(bytes: impl AsRef<[u8]>, max_lines: usize) -> Result<Tail, TailError> {
    Tail::read(&mut Cursor::new(bytes.as_ref()), max_lines)
}

/// Reads a file with this content, which must be refused. Returns the text of the error.
#[track_caller]
fn refusal(bytes: impl AsRef<[u8]>) -> String {
    read(bytes, 1000).unwrap_err().to_string()
}

#[test]
fn last_lines_are_read_with_their_numbers() {
    let file = transcript(7..=1006);
    let tail = read(&file, 10).unwrap();
    assert_eq!(tail.room.as_deref(), Some("5f3a09c1"));
    assert_eq!((tail.first, tail.lines.len()), (997, 10));
    assert_eq!(tail.lines[9], "1006 anna: line 1006");
    assert_eq!((tail.length, tail.torn), (file.len() as u64, 0));
    assert_eq!(read(&file, 5000).unwrap().lines.len(), 1000);
}

#[test]
fn newest_line_is_read_even_with_a_limit_of_0_lines() {
    let tail = read(transcript(1..=50), 0).unwrap();
    assert_eq!((tail.first, tail.lines.len()), (50, 1));
}

#[test]
fn file_without_lines_is_read() {
    let tail = read(transcript(iter::empty()), 10).unwrap();
    assert_eq!(tail.room.as_deref(), Some("5f3a09c1"));
    assert_eq!((tail.first, tail.lines.len(), tail.torn), (1, 0, 0));
}

#[test]
fn complete_lines_of_a_truncated_file_are_read() {
    let file = transcript(1..=30);
    for length in 0..=file.len() {
        let cut = &file.as_bytes()[..length];
        let tail = read(cut, 1000).unwrap();
        let newlines = cut.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(tail.lines.len(), newlines.saturating_sub(1), "{length}");
        assert_eq!(tail.room.is_some(), newlines > 0, "{length}");
        let whole = cut.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |newline| newline as u64 + 1);
        assert_eq!(tail.length, whole, "{length}");
        assert_eq!(tail.torn, length as u64 - whole, "{length}");
    }
}

#[test]
fn zeros_at_the_end_count_as_a_torn_line() {
    let file = transcript(1..=30);
    // After a crash of the machine, the file may have blocks of zeros in place of its newest data.
    for zeros in [1, 4096, 100_000, 300_000] {
        for written in ["", "31 an"] {
            let torn = [file.as_bytes(), written.as_bytes(), &vec![0; zeros]].concat();
            let tail = read(&torn, 1000).unwrap();
            assert_eq!((tail.lines.len(), tail.length), (30, file.len() as u64));
            assert_eq!(tail.torn, (written.len() + zeros) as u64);
        }
    }
}

/// A line after the zeros may have a receipt, so the server refuses the file instead of dropping the line.
#[test]
fn lines_after_zeros_are_refused_not_dropped() {
    let file = transcript(1..=30);
    for zeros in [1, 4096, 100_000] {
        let with_zeros = [file.as_bytes(), &vec![0; zeros], b"31 anna: late\n"].concat();
        let refusal = refusal(with_zeros);
        let position = format!("the line at byte {}, ", file.len());
        assert!(refusal.contains(&position), "{refusal}");
        assert!(refusal.contains("begins with zeros"), "{refusal}");
        assert!(refusal.contains("`truncate`"), "{refusal}");
    }
}

#[test]
fn zero_byte_within_a_line_loses_no_line() {
    let file = transcript(1..=30).replace("line 17", "li\0ne 17");
    let tail = read(file, 1000).unwrap();
    assert_eq!((tail.lines.len(), tail.torn), (30, 0));
    assert_eq!(tail.lines[16], "17 anna: li\u{FFFD}ne 17");
}

#[test]
fn zeros_instead_of_the_first_line_are_refused() {
    let file = transcript(1..=30);
    for zeros in [1, 10, 30, 200] {
        let with_zeros = [&vec![0; zeros], &file.as_bytes()[zeros..]].concat();
        assert!(refusal(with_zeros).contains("its first line has zeros"));
    }
    // If the machine crashes while the server writes the first line, zeros may replace its end. The room has no lines
    // yet, so the reader accepts the file.
    for length in 0..30 {
        let begun = [&file.as_bytes()[..length], &vec![0; 30 - length]].concat();
        assert_eq!(read(begun, 1000).unwrap().torn, 30);
    }
    assert!(refusal([0; 31]).contains("its first line has zeros"));
}

#[test]
fn long_lines_are_read_completely() {
    let long = "x".repeat(3 * 1024 * 1024);
    let file = format!("{}31 anna: {long}\n32 anna: short\n", transcript(1..=30));
    let tail = read(&file, 1000).unwrap();
    // The long line exceeds the limit on kept bytes, so only the newest line is kept.
    assert_eq!(tail.lines, ["32 anna: short"]);
    let tail = read(file.strip_suffix("32 anna: short\n").unwrap(), 1000).unwrap();
    assert_eq!((tail.first, tail.lines[0].len()), (31, 9 + long.len()));
    assert_eq!(read(&file, 1).unwrap().first, 32);
}

#[test]
fn file_that_is_not_a_transcript_is_refused() {
    let good = transcript(1..=30);
    for (file, reason) in [
        ("hello\n".to_owned(), "its first line"),
        ("\n".to_owned(), "its first line"),
        ("1 anna: hello\n".to_owned(), "its first line"),
        (good.replace("5f3a09c1", "5F3A09C1"), "its first line"),
        (format!("{good}a remark\n"), "no number"),
        (format!("{good}\n"), "no number"),
        (format!("{good}+31 anna: hello\n"), "no number"),
        (format!("{good}31anna: hello\n"), "no number"),
        (format!("{good}18446744073709551615 anna: x\n"), "no number"),
        (format!("{good}32 anna: hello\n"), "is followed by line"),
        (format!("{good}30 anna: hello\n"), "is followed by line"),
        (
            good.replace("17 anna: line 17\n", ""),
            "is followed by line",
        ),
        (transcript(0..=3), "no number"),
    ] {
        let refusal = refusal(&file);
        assert!(refusal.contains(reason), "{refusal} for {file}");
    }
    let latin = [good.as_bytes(), b"31 anna: caf\xe9\n"].concat();
    assert!(refusal(latin).contains("UTF-8"));
}

#[test]
fn unsafe_lines_from_an_editor_are_cleaned() {
    let file = format!("{}4 anna: \x1b[31mred\r\n", transcript(1..=3));
    assert_eq!(read(file, 1).unwrap().lines, ["4 anna: \u{FFFD}[31mred"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reader_never_panics_whatever_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), max_lines in 0..5_usize) {
        let _ = read(&bytes, max_lines);
        let file = [transcript(1..=3).as_bytes(), &bytes].concat();
        if let Ok(tail) = read(&file, max_lines) {
            prop_assert_eq!(tail.length + tail.torn, file.len() as u64);
            // If the torn end is cut off, the reader returns the same tail, but with `torn` 0.
            let cut = read(&file[..tail.length as usize], max_lines).unwrap();
            prop_assert_eq!(cut, Tail { torn: 0, ..tail });
        }
    }

    #[test]
    fn transcript_damaged_at_one_byte_is_read_or_refused(position in 0..500_usize, byte: u8) {
        let mut file = transcript(1..=40).into_bytes();
        let position = position % file.len();
        file[position] = byte;
        let _ = read(&file, 1000);
    }
}
