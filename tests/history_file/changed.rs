//! Another program moves, replaces or changes a history file while a server has it open.

use std::fs;
use std::path::Path;

use super::folder::{Folder, content};
use super::full_disk::{log_until, until_stalled};
use super::opening::{server, stop};
use crate::support::chat::LIMIT;
use crate::support::watchdog::within;

/// Changes a server's history file and sends a line. Checks that the line waits and that the log contains `sentence`.
/// Undoes the change and checks that the receipt arrives.
#[track_caller]
fn expect_stall(change: impl Fn(&Path), undo: impl Fn(&Path, &str), sentence: &str) {
    let folder = Folder::new();
    let file = folder.file("room");
    let chat = server(&file);
    let mut anna = chat.member("anna");
    assert_eq!(anna.say_and_receive("first"), "2 anna: first");
    let before = fs::read_to_string(&file).unwrap();
    change(&file);
    let changed = fs::read_to_string(&file).ok();
    anna.say("second");
    until_stalled(&chat);
    let log = log_until(&chat, "the room waits");
    let said = log.last().unwrap();
    assert!(
        said.contains(sentence) && said.contains(file.to_str().unwrap()),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&file).ok(), changed);
    undo(&file, &before);
    assert_eq!(anna.receive_line(), "3 anna: second");
    let log = log_until(&chat, "stores lines again");
    let said_again = log.iter().any(|line| line.contains("the room waits until"));
    assert!(!said_again, "{log:?}");
    drop(anna);
    stop(chat);
    assert_eq!(content(&file).1[1..3], ["2 anna: first", "3 anna: second"]);
}

/// Returns the path to which a test moves the file.
fn moved_path(file: &Path) -> std::path::PathBuf {
    file.with_extension("away")
}

#[test]
fn room_waits_while_its_file_is_moved_away() {
    within(LIMIT, || {
        expect_stall(
            |file| fs::rename(file, moved_path(file)).unwrap(),
            |file, _| fs::rename(moved_path(file), file).unwrap(),
            "was removed or replaced",
        );
    });
}

#[test]
fn room_waits_while_its_file_is_replaced() {
    within(LIMIT, || {
        expect_stall(
            |file| {
                fs::rename(file, moved_path(file)).unwrap();
                fs::write(file, "a stranger\n").unwrap();
            },
            |file, _| fs::rename(moved_path(file), file).unwrap(),
            "was removed or replaced",
        );
    });
}

#[test]
fn room_waits_while_its_file_is_emptied_or_overwritten() {
    for wrong in ["", "a remark\n"] {
        within(LIMIT, move || {
            expect_stall(
                |file| fs::write(file, wrong).unwrap(),
                |file, before| fs::write(file, before).unwrap(),
                " bytes instead of ",
            );
        });
    }
}
