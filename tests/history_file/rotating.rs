//! Rotation: after a crash at any step, the history file can be opened and no line is lost.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use blocking_chat::server::history_file::opening::{self, OpenedFile};
use blocking_chat::server::history_file::rotation::Rotation;
use blocking_chat::server::history_file::storage::Storage;

use super::folder::{Folder, content, transcript};
use super::opening::{open, server};
use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Returns the path of `file` with `ending` appended.
fn sibling(file: &Path, ending: &str) -> std::path::PathBuf {
    format!("{}{ending}", file.display()).into()
}

/// Rotates the file and returns the length of the new file. Retries, because a program that another test starts may
/// hold the lock on `FILE.1` for a moment.
fn rotate(opened: &mut OpenedFile) -> u64 {
    until(|| opened.file.rotate(), Result::is_ok).unwrap()
}

#[test]
fn new_file_begins_with_the_kept_lines() {
    let folder = Folder::new();
    let file = folder.with("room", transcript(1..=50));
    let mut opened = open(&file, 10);
    let length = rotate(&mut opened);
    assert_eq!(length, file.metadata().unwrap().len());
    opened.file.append(b"51 anna: line 51\n").unwrap();
    opened.file.sync().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), transcript(41..=51));
    let old = fs::read_to_string(sibling(&file, ".1")).unwrap();
    assert_eq!(old, transcript(1..=50));
    assert!(!sibling(&file, ".new").exists());
    // The next rotation replaces `FILE.1`.
    rotate(&mut opened);
    let old = fs::read_to_string(sibling(&file, ".1")).unwrap();
    assert_eq!(old, transcript(41..=51));
}

#[test]
fn crash_at_any_step_leaves_a_file_that_can_be_opened() {
    let steps = Rotation::STEPS.len();
    // If `has_older` is true, an earlier rotation has left `FILE.1`, and an earlier crash has left `FILE.new`.
    for (done, has_older) in (0..=steps).flat_map(|done| [(done, false), (done, true)]) {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=50));
        if has_older {
            fs::write(sibling(&file, ".1"), transcript(1..=20)).unwrap();
            fs::write(sibling(&file, ".new"), "* transcr").unwrap();
        }
        let opened = open(&file, 10);
        let mut rotation = Rotation::new(opened.file.locked());
        for step in &Rotation::STEPS[..done] {
            step(&mut rotation).unwrap();
        }
        // Whichever steps are done, `FILE` is the old file or the new one. Both are locked, so another server cannot
        // open `FILE`.
        opening::open(&file, "00c0ffee", 10).unwrap_err();
        drop(rotation);
        drop(opened);
        let mut opened = open(&file, 10);
        let tail = &opened.tail;
        assert_eq!(
            (&*opened.room, tail.first, tail.lines.len()),
            ("5f3a09c1", 41, 10)
        );
        assert_eq!(tail.torn, 0, "{done}");
        // The files that the interrupted rotation has left do not prevent the next rotation.
        opened.file.append(b"51 anna: line 51\n").unwrap();
        opened.file.sync().unwrap();
        rotate(&mut opened);
        assert!(
            content(&sibling(&file, ".1"))
                .1
                .ends_with(&["51 anna: line 51".to_owned()])
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), transcript(42..=51));
    }
}

/// Each unrelated file has a name that a rotation uses.
#[test]
fn rotation_removes_no_unrelated_file() {
    let other_room = transcript(1..=5).replace("5f3a09c1", "00c0ffee");
    for (ending, text) in [
        (".1", "notes\n"),
        (".1", &other_room),
        (".new", "notes\n"),
        (".new", &other_room),
        (".1.new", "notes\n"),
    ] {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=50));
        let unrelated_file = folder.with(&format!("room{ending}"), text);
        let mut opened = open(&file, 10);
        let error = opened.file.rotate().unwrap_err().to_string();
        assert!(error.contains(unrelated_file.to_str().unwrap()), "{error}");
        assert_eq!(fs::read_to_string(&unrelated_file).unwrap(), text);
        assert_eq!(fs::read_to_string(&file).unwrap(), transcript(1..=50));
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 2);
    }
}

#[test]
fn rotation_keeps_a_file_opened_by_another_server() {
    for ending in [".1", ".new", ".1.new"] {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=50));
        let live = folder.with(&format!("room{ending}"), transcript(1..=5));
        let _other = open(&live, 10);
        let mut opened = open(&file, 10);
        let error = opened.file.rotate().unwrap_err().to_string();
        assert!(error.contains("another server"), "{error}");
        assert_eq!(fs::read_to_string(&live).unwrap(), transcript(1..=5));
        assert_eq!(fs::read_to_string(&file).unwrap(), transcript(1..=50));
    }
}

#[test]
fn removed_or_replaced_file_is_not_rotated() {
    for replacement in [None, Some("notes\n")] {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=50));
        let older = folder.with("room.1", transcript(1..=20));
        let mut opened = open(&file, 10);
        fs::remove_file(&file).unwrap();
        if let Some(text) = replacement {
            fs::write(&file, text).unwrap();
        }
        let error = opened.file.rotate().unwrap_err().to_string();
        assert!(error.contains("removed or replaced"), "{error}");
        assert_eq!(fs::read_to_string(&older).unwrap(), transcript(1..=20));
        assert_eq!(fs::read_to_string(&file).ok().as_deref(), replacement);
    }
}

#[test]
fn new_file_has_the_mode_of_the_old_file() {
    for mode in [0o600, 0o640, 0o644] {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=50));
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        rotate(&mut open(&file, 10));
        for file in [&file, &sibling(&file, ".1")] {
            let is = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(is, mode, "{file:?} has mode {is:o}");
        }
    }
}

#[test]
fn failed_rotation_keeps_the_old_file_in_use() {
    let folder = Folder::new();
    let file = folder.with("room", transcript(1..=50));
    let mut opened = open(&file, 10);
    // `FILE.1` is a folder, which the rotation refuses to replace.
    fs::create_dir_all(sibling(&file, ".1/x")).unwrap();
    opened.file.rotate().unwrap_err();
    opened.file.append(b"51 anna: line 51\n").unwrap();
    opened.file.sync().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), transcript(1..=51));
    assert!(!sibling(&file, ".new").exists());
}

#[test]
fn file_that_replaces_ours_is_not_truncated() {
    let folder = Folder::new();
    let file = folder.with("room", transcript(1..=50));
    let mut opened = open(&file, 10);
    fs::rename(&file, sibling(&file, ".bak")).unwrap();
    fs::write(&file, transcript(1..=3)).unwrap();
    opened.file.truncate(30).unwrap_err();
    assert_eq!(fs::read_to_string(&file).unwrap(), transcript(1..=3));
}

#[test]
fn room_rotates_its_file_while_members_talk() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let options = [
            "--history-file",
            file.to_str().unwrap(),
            "--history-file-bytes",
            "2097152",
        ];
        let chat = Chat::ours(&options);
        let mut anna = chat.member("anna");
        let text = "x".repeat(10_000);
        for _ in 0..500 {
            anna.say_and_receive(&text);
        }
        drop(chat);
        let (room, new) = content(&file);
        let (old_room, old) = content(&sibling(&file, ".1"));
        assert_eq!(room, old_room);
        assert!(new.last().unwrap().starts_with("501 anna: "));
        // The new file begins with kept lines, which include the last line of the old file. Neither file is much longer
        // than `--history-file-bytes`.
        let last_old = old.last().unwrap();
        assert!(new.contains(last_old));
        assert!(sibling(&file, ".1").metadata().unwrap().len() < 2_200_000);
        assert!(file.metadata().unwrap().len() < 2_200_000);
        let chat = server(&file);
        let posted = HttpClient::connect(&chat).post("/lines?name=ben", "next");
        let lines = posted.lines();
        assert!(lines[0].ends_with(" ben: next"), "{lines:?}");
    });
}
