//! The history file on the disk.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::server::history_file::rotation::Rotation;
use crate::server::history_file::storage::Storage;
use crate::server::history_file::tail::{Tail, TailError};

/// A history file that no other server has open.
///
/// The lock belongs to the open file description (flock(2)), and ends when its last descriptor is closed.
#[derive(Debug)]
pub struct HistoryFile {
    path: PathBuf,
    /// The id of its room.
    room: String,
    /// Where lines are appended. After a failed sync, the file is opened anew.
    file: File,
    /// A copy of what was opened first. It holds the lock while the file is opened anew.
    lock: File,
    /// How many lines a new file begins with.
    kept_lines: usize,
    /// Whether the file's name may not be in the directory on the disk yet. A crash would then lose it.
    is_new: bool,
}

impl HistoryFile {
    /// Takes over a file that is locked. `is_new` says that its name in the directory is not on the disk yet.
    ///
    /// # Errors
    /// The errors of fcntl(2).
    pub fn new(
        path: PathBuf,
        room: String,
        file: File,
        kept_lines: usize,
        is_new: bool,
    ) -> io::Result<HistoryFile> {
        Ok(HistoryFile {
            path,
            room,
            lock: file.try_clone()?,
            file,
            kept_lines,
            is_new,
        })
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the id of its room.
    pub(super) fn room(&self) -> &str {
        &self.room
    }

    /// Returns what the system says about the file that is locked, wherever it is now.
    ///
    /// # Errors
    /// The errors of fstat(2).
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.lock.metadata()
    }

    /// Reads the last lines, as many as are kept.
    ///
    /// # Errors
    /// [`TailError`] if the file cannot be read, or is not what a server has written.
    pub(super) fn tail(&self) -> Result<Tail, TailError> {
        Tail::read(&mut &self.file, self.kept_lines)
    }

    /// Checks that the locked file, and no other, is at this path.
    ///
    /// # Errors
    /// A sentence if another file is there, or none.
    pub(super) fn check_place(&self, path: &Path) -> io::Result<()> {
        match path.metadata() {
            Ok(there) if is_same(&there, &self.metadata()?) => Ok(()),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Err(io::Error::other(format!(
                "{} was removed or replaced; put it back, or start the server again",
                path.display()
            ))),
        }
    }

    /// Waits until the bytes are on the disk. The name follows with the first [`Storage::sync`]: a rotation changes it until then.
    ///
    /// # Errors
    /// The errors of fdatasync(2).
    pub(super) fn sync_bytes(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Takes over the successor of this file, which keeps as many lines.
    ///
    /// # Errors
    /// The errors of [`HistoryFile::new`].
    pub(super) fn successor(&self, file: File) -> io::Result<HistoryFile> {
        HistoryFile::new(
            self.path.clone(),
            self.room.clone(),
            file,
            self.kept_lines,
            true,
        )
    }
}

impl Storage for HistoryFile {
    fn check(&self, length: u64) -> io::Result<()> {
        self.check_place(&self.path)?;
        let is = self.metadata()?.len();
        if is == length {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{} has {is} bytes instead of {length}; undo what has changed it, or start the server again",
            self.path.display()
        )))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        // Without its name in the directory, a file is lost in a crash.
        if self.is_new {
            sync_directory(&self.path)?;
            self.is_new = false;
        }
        self.file.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.check_place(&self.path)?;
        let file = options().open(&self.path)?;
        let metadata = file.metadata()?;
        if !is_same(&metadata, &self.metadata()?) {
            return Err(io::Error::other("another file is in its place"));
        }
        // It would get zeros at its end instead of the lines that it had.
        if metadata.len() < length {
            return self.check(length);
        }
        file.set_len(length)?;
        self.file = file;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<u64> {
        let (file, length) = Rotation::new(self).run()?;
        *self = file;
        Ok(length)
    }
}

/// How a history file is opened: each write goes to its end.
pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    options
}

/// Takes the lock, without waiting. Returns whether the file was free.
///
/// # Errors
/// The errors of flock(2), but for a lock that another server holds.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether both are the same file on the disk.
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Waits until the directory of a file is on the disk, and so the file's name.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::process;

    use crate::server::history_file::opening;
    use crate::server::history_file::storage::Storage;

    #[test]
    fn first_sync_after_a_rotation_syncs_the_name() {
        let folder = std::env::temp_dir().join(format!("rotated-name-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut opened = opening::open(&folder.join("room"), "5f3a09c1", 10).unwrap();
        assert!(!opened.file.is_new, "opening has synced it");
        opened.file.rotate().unwrap();
        assert!(opened.file.is_new, "link and rename are not on the disk");
        opened.file.sync().unwrap();
        assert!(!opened.file.is_new);
        fs::remove_dir_all(&folder).unwrap();
    }
}
