//! A disk that fails on request, and that loses what a real one may lose.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::server::history_file::storage::Storage;
use crossbeam_channel::{Receiver, Sender};

/// What happens at the next call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// A write takes this many bytes, and then the disk is full.
    Full(usize),
    /// A sync fails, and the kernel drops the bytes that it could not write: it takes them for clean from now on.
    SyncFails,
    /// Cutting off, or opening anew, fails.
    CutFails,
}

/// What the kernel has of the file, and what is on the disk.
#[derive(Default)]
pub(super) struct State {
    /// What a reader of the file sees.
    pub cached: Vec<u8>,
    /// What a crash of the machine leaves.
    pub on_disk: Vec<u8>,
    /// From where on the kernel has bytes to write.
    dirty_from: usize,
    pub faults: VecDeque<Fault>,
    pub syncs: usize,
    /// Whether each sync reports its beginning and waits.
    gate: Option<(Sender<()>, Receiver<()>)>,
}

/// The disk. A clone is the same disk.
#[derive(Clone, Default)]
pub(super) struct FaultyDisk(Arc<Mutex<State>>);

impl FaultyDisk {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A disk with these faults, one after the other.
    pub(super) fn with(faults: impl IntoIterator<Item = Fault>) -> FaultyDisk {
        let disk = FaultyDisk::default();
        disk.state().faults.extend(faults);
        disk
    }

    /// Makes each sync send a message and wait for one.
    pub(super) fn set_gate(&self, reached: Sender<()>, go_on: Receiver<()>) {
        self.state().gate = Some((reached, go_on));
    }

    /// What a reader of the file sees, as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.state().cached.clone()).unwrap()
    }

    /// What is left after a crash of the machine, as text.
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
        if let Some((reached, go_on)) = gate {
            // If the test is over, nothing waits.
            let _ = reached.send(());
            let _ = go_on.recv();
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
            // The file has got longer, and has zeros where the bytes were to be.
            on_disk.resize(length, 0);
            return error(ErrorKind::Other);
        }
        on_disk.extend(&cached[clean..]);
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.state();
        if let Some(Fault::CutFails) = state.faults.front() {
            state.faults.pop_front();
            return error(ErrorKind::PermissionDenied);
        }
        let length = length as usize;
        state.cached.truncate(length);
        state.dirty_from = state.dirty_from.min(length);
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<u64> {
        unreachable!("the disk is never that full")
    }
}

#[test]
fn sync_after_a_failed_one_succeeds_and_writes_nothing() {
    let mut disk = FaultyDisk::with([Fault::SyncFails]);
    disk.append(b"1 anna: hello\n").unwrap();
    disk.sync().unwrap_err();
    // This is what Linux does, and what the keeper must not believe.
    disk.sync().unwrap();
    assert_eq!(disk.text(), "1 anna: hello\n");
    assert_ne!(disk.text_after_crash(), "1 anna: hello\n");
}
