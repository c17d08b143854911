//! A simulated disk that fails on request, and that loses the bytes that a real disk may lose.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::server::history_file::storage::Storage;
use crossbeam_channel::{Receiver, Sender};

/// A simulated fault. It occurs once, in the next call that can fail in this way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// A write stores this many bytes, and then the disk is full.
    Full(usize),
    /// A sync fails, and the kernel marks the unwritten bytes as clean, so they are lost.
    SyncFails,
    /// Truncating the file fails.
    TruncateFails,
}

/// The file in the kernel's cache and on the disk.
#[derive(Default)]
pub(super) struct State {
    /// The bytes that a reader of the file sees.
    pub cached: Vec<u8>,
    /// The bytes that survive a crash of the machine.
    pub on_disk: Vec<u8>,
    /// The offset of the first byte that the kernel considers unwritten (dirty).
    dirty_from: usize,
    pub faults: VecDeque<Fault>,
    pub syncs: usize,
    /// If set, each sync sends a message when it begins, and then waits for a message.
    gate: Option<(Sender<()>, Receiver<()>)>,
}

/// The simulated disk. Clones share their state.
#[derive(Clone, Default)]
pub(super) struct FaultyDisk(Arc<Mutex<State>>);

impl FaultyDisk {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Returns a disk with these faults, in this order.
    pub(super) fn with(faults: impl IntoIterator<Item = Fault>) -> FaultyDisk {
        let disk = FaultyDisk::default();
        disk.state().faults.extend(faults);
        disk
    }

    /// Makes each sync send a message on `entered` and wait for one on `resume`.
    pub(super) fn set_gate(&self, entered: Sender<()>, resume: Receiver<()>) {
        self.state().gate = Some((entered, resume));
    }

    /// Returns the text that a reader of the file sees.
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.state().cached.clone()).unwrap()
    }

    /// Returns the text that survives a crash of the machine.
    pub(super) fn text_after_crash(&self) -> String {
        String::from_utf8(self.state().on_disk.clone()).unwrap()
    }
}

fn error(kind: ErrorKind) -> io::Result<()> {
    Err(kind.into())
}

impl Storage for FaultyDisk {
    fn check(&self, length: u64) -> io::Result<()> {
        if self.state().cached.len() as u64 == length {
            return Ok(());
        }
        error(ErrorKind::Other)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if let Some(&Fault::Full(taken)) = state.faults.front() {
            state.faults.pop_front();
            state.cached.extend(bytes.iter().take(taken));
            return error(ErrorKind::StorageFull);
        }
        state.cached.extend(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let gate = self.state().gate.clone();
        if let Some((entered, resume)) = gate {
            // If the test is over, both calls fail, and the sync continues.
            let _ = entered.send(());
            let _ = resume.recv();
        }
        let mut state = self.state();
        state.syncs += 1;
        let length = state.cached.len();
        let State {
            cached,
            on_disk,
            dirty_from,
            faults,
            ..
        } = &mut *state;
        let clean = (*dirty_from).min(length);
        *dirty_from = length;
        on_disk.truncate(clean);
        if let Some(Fault::SyncFails) = faults.front() {
            faults.pop_front();
            // The file has its new length, but zeros in place of the lost bytes.
            on_disk.resize(length, 0);
            return error(ErrorKind::Other);
        }
        on_disk.extend(&cached[clean..]);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.state();
        if let Some(Fault::TruncateFails) = state.faults.front() {
            state.faults.pop_front();
            return error(ErrorKind::PermissionDenied);
        }
        let length = length as usize;
        state.cached.truncate(length);
        state.dirty_from = state.dirty_from.min(length);
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<u64> {
        unreachable!("no test rotates the file on this disk")
    }
}

#[test]
fn sync_after_a_failed_sync_succeeds_but_writes_nothing() {
    let mut disk = FaultyDisk::with([Fault::SyncFails]);
    disk.append(b"1 anna: hello\n").unwrap();
    disk.sync().unwrap_err();
    // Linux behaves like this, so the keeper must not trust a second sync.
    disk.sync().unwrap();
    assert_eq!(disk.text(), "1 anna: hello\n");
    assert_ne!(disk.text_after_crash(), "1 anna: hello\n");
}
