//! The history file on the disk.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::server::history_file::locked_file::{
    LockedFile, is_same, options, sync_directory, with_path,
};
use crate::server::history_file::rotation::{Rotation, Successor};
use crate::server::history_file::storage::Storage;

/// A history file to which lines are appended.
#[derive(Debug)]
pub struct HistoryFile {
    /// The descriptor that holds the lock, even while `file` is reopened.
    locked: LockedFile,
    /// The descriptor that appends lines. It is replaced after a failed write or sync.
    file: File,
    /// Whether the file's directory entry must still be synced. Until that sync, a crash could lose the file.
    is_new: bool,
}

impl HistoryFile {
    /// Takes over a locked file whose directory entry is on the disk.
    ///
    /// # Errors
    /// Fails if fcntl(2) cannot duplicate the descriptor.
    pub fn new(
        path: PathBuf,
        room: String,
        file: File,
        kept_lines: usize,
    ) -> io::Result<HistoryFile> {
        Ok(HistoryFile {
            locked: LockedFile::new(path, room, file.try_clone()?, kept_lines),
            file,
            is_new: false,
        })
    }

    /// Returns the locked file, which knows its path.
    pub fn locked(&self) -> &LockedFile {
        &self.locked
    }
}

impl Storage for HistoryFile {
    fn check(&self, length: u64) -> io::Result<()> {
        self.locked.check_path(self.locked.path())?;
        let is = self.locked.metadata()?.len();
        if is == length {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{} has {is} bytes instead of {length}; undo the change, or restart the server",
            self.locked.path().display()
        )))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(with_path(self.locked.path()))
    }

    fn sync(&mut self) -> io::Result<()> {
        // A crash could lose a file whose directory entry is not on the disk.
        if self.is_new {
            sync_directory(self.locked.path())?;
            self.is_new = false;
        }
        self.file.sync_data().map_err(with_path(self.locked.path()))
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let path = self.locked.path();
        self.locked.check_path(path)?;
        let file = options().open(path).map_err(with_path(path))?;
        let metadata = file.metadata()?;
        if !is_same(&metadata, &self.locked.metadata()?) {
            return Err(with_path(path)(io::Error::other(
                "another file is in its place",
            )));
        }
        // `set_len` would extend a shorter file with zeros, in place of lines that are gone.
        if metadata.len() < length {
            return self.check(length);
        }
        file.set_len(length).map_err(with_path(path))?;
        self.file = file;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<u64> {
        let Successor {
            locked,
            file,
            length,
        } = Rotation::new(&self.locked).run()?;
        *self = HistoryFile {
            locked,
            file,
            is_new: true,
        };
        Ok(length)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::process;

    use crate::server::history_file::opening;
    use crate::server::history_file::storage::Storage;

    #[test]
    fn first_sync_after_a_rotation_syncs_the_directory() {
        let folder = std::env::temp_dir().join(format!("rotated-name-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut opened = opening::open(&folder.join("room"), "5f3a09c1", 10).unwrap();
        assert!(!opened.file.is_new, "open has already synced the name");
        opened.file.rotate().unwrap();
        assert!(
            opened.file.is_new,
            "link and rename are not on the disk yet"
        );
        opened.file.sync().unwrap();
        assert!(!opened.file.is_new);
        fs::remove_dir_all(&folder).unwrap();
    }
}
