//! A commit stores all lines or none, whatever fails on the disk.

use std::sync::Arc;

use crate::server::history_file::transcript::Transcript;
use proptest::prelude::*;

use crate::server::history_file::tests::disk::{Fault, FaultyDisk};

fn transcript(disk: &FaultyDisk) -> Transcript<FaultyDisk> {
    Transcript::new(disk.clone(), 0, u64::MAX, Arc::default())
}

#[test]
fn lines_are_on_the_disk_when_commit_returns() {
    let disk = FaultyDisk::default();
    let mut transcript = transcript(&disk);
    transcript.commit(b"1 a\n2 b\n").unwrap();
    assert_eq!(disk.text_after_crash(), "1 a\n2 b\n");
}

#[test]
fn partially_written_lines_are_cut_off() {
    let disk = FaultyDisk::with([Fault::Full(5)]);
    let mut transcript = transcript(&disk);
    transcript.commit(b"1 a\n2 b\n").unwrap_err();
    assert_eq!(disk.text(), "");
    transcript.commit(b"1 a\n2 b\n").unwrap();
    assert_eq!(disk.text_after_crash(), "1 a\n2 b\n");
}

#[test]
fn lines_of_a_failed_sync_are_written_again() {
    let disk = FaultyDisk::with([Fault::SyncFails]);
    let mut transcript = transcript(&disk);
    transcript.commit(b"1 a\n").unwrap_err();
    transcript.commit(b"1 a\n").unwrap();
    assert_eq!(disk.text_after_crash(), "1 a\n");
}

#[test]
fn nothing_is_written_until_a_partial_line_is_cut_off() {
    let disk = FaultyDisk::with([Fault::Full(2), Fault::TruncateFails, Fault::TruncateFails]);
    let mut transcript = transcript(&disk);
    transcript.commit(b"1 a\n").unwrap_err();
    transcript.commit(b"1 a\n").unwrap_err();
    assert_eq!(disk.text(), "1 ");
    transcript.commit(b"1 a\n").unwrap();
    assert_eq!(disk.text_after_crash(), "1 a\n");
}

#[test]
fn nothing_is_written_to_a_file_that_another_program_changed() {
    let disk = FaultyDisk::default();
    let mut transcript = transcript(&disk);
    transcript.commit(b"1 a\n").unwrap();
    for changed in ["", "1", "1 a\n# a remark\n"] {
        disk.state().cached = changed.into();
        transcript.commit(b"2 b\n").unwrap_err();
        assert_eq!(disk.text(), changed);
    }
    disk.state().cached = "1 a\n".into();
    transcript.commit(b"2 b\n").unwrap();
    assert_eq!(disk.text(), "1 a\n2 b\n");
}

#[test]
fn file_that_another_program_changed_does_not_rotate() {
    let disk = FaultyDisk::default();
    let mut transcript = Transcript::new(disk.clone(), 0, 1, Arc::default());
    transcript.commit(b"1 a\n").unwrap();
    disk.state().cached.clear();
    // This test's disk panics if the transcript rotates the file.
    transcript.rotate_if_due().unwrap();
    transcript.commit(b"2 b\n").unwrap_err();
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        (0..12_usize).prop_map(Fault::Full),
        Just(Fault::SyncFails),
        Just(Fault::TruncateFails),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn committed_lines_survive_faults_and_a_crash(faults in prop::collection::vec(fault(), 0..12)) {
        let disk = FaultyDisk::with(faults);
        let mut transcript = transcript(&disk);
        let mut committed = String::new();
        for number in 1..=5 {
            let line = format!("{number} anna: x\n");
            while transcript.commit(line.as_bytes()).is_err() {
                prop_assert!(disk.text_after_crash().starts_with(&committed));
            }
            committed += &line;
            prop_assert_eq!(disk.text_after_crash(), committed.clone());
            prop_assert_eq!(disk.text(), committed.clone());
        }
    }
}
