//! A file that no other server has open, and the path at which it should be.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::server::history_file::tail::{Tail, TailError};

/// A room's file that no other server has open.
///
/// Its lock belongs to the open file description (flock(2)), and ends when the last descriptor of that description is
/// closed.
#[derive(Debug)]
pub struct LockedFile {
    path: PathBuf,
    /// The id of the room.
    room: String,
    /// An open descriptor, which keeps the file locked.
    file: File,
    /// The maximum number of lines that a rotation copies to the new file.
    kept_lines: usize,
}

impl LockedFile {
    /// Makes a `LockedFile` from a file that the caller has already locked.
    pub(super) fn new(path: PathBuf, room: String, file: File, kept_lines: usize) -> LockedFile {
        LockedFile {
            path,
            room,
            file,
            kept_lines,
        }
    }

    /// Returns the path at which the file should be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the id of the room.
    pub(super) fn room(&self) -> &str {
        &self.room
    }

    /// Returns the metadata of the locked file, even if it was moved.
    ///
    /// # Errors
    /// Fails if fstat(2) fails.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Reads the last lines: those that a rotation copies to the new file.
    ///
    /// # Errors
    /// [`TailError`] if the file cannot be read, or if it is not a transcript.
    pub(super) fn tail(&self) -> Result<Tail, TailError> {
        Tail::read(&mut &self.file, self.kept_lines)
    }

    /// Checks that the locked file is the file at this path.
    ///
    /// # Errors
    /// Fails with a message for the user if another file or no file is there, or if stat(2) fails.
    pub(super) fn check_path(&self, path: &Path) -> io::Result<()> {
        match path.metadata() {
            Ok(there) if is_same(&there, &self.metadata()?) => Ok(()),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(with_path(path)(error)),
            _ => Err(io::Error::other(format!(
                "{} was removed or replaced; put it back, or restart the server",
                path.display()
            ))),
        }
    }

    /// Makes the `LockedFile` for the file that replaces this one. It has the same path, room, and limit on kept lines.
    pub(super) fn successor(&self, file: File) -> LockedFile {
        LockedFile::new(self.path.clone(), self.room.clone(), file, self.kept_lines)
    }
}

/// Returns options that open a file for reading and appending.
pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    options
}

/// Tries to lock a file, without blocking. Returns `false` if another server holds the lock.
///
/// # Errors
/// Fails if flock(2) fails for another reason.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether two metadata values describe the same file on the disk.
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Syncs the directory of the file at `path`, so that a crash cannot lose the file's name.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = directory_of(path);
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(with_path(directory))
}

/// Returns the directory of the file at `path`: `.` if the path is only a file name.
pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Returns a function that adds this path to a system error. A system error itself does not name the file.
pub(super) fn with_path(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
