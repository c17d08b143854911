//! The interface between the keeper and its file. A test implements it with a simulated disk that fails.

use std::io;

/// A file to which lines are appended.
pub trait Storage {
    /// Checks that the file is at its path and is `length` bytes long.
    ///
    /// # Errors
    /// Fails with a message for the user if the file was removed, replaced or changed, or if stat(2) fails.
    fn check(&self, length: u64) -> io::Result<()>;

    /// Appends these bytes. After an error, some of them may be in the file.
    ///
    /// # Errors
    /// Fails if write(2) fails, for example because the disk is full.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits until everything appended is on the disk, and so survives a crash of the machine.
    ///
    /// # Errors
    /// Fails if open(2), fdatasync(2) or fsync(2) fails. After that, perhaps *none* of the bytes appended since the
    /// last successful sync are on the disk. A second call may succeed without writing them, because the kernel may
    /// have dropped them.
    fn sync(&mut self) -> io::Result<()>;

    /// Reopens the file, and cuts off everything after the first `length` bytes.
    ///
    /// # Errors
    /// Fails with a message for the user if a system call fails, or if the file was removed, replaced or changed.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Renames the file, and replaces it with a new file that contains the room line and the kept lines. Returns the
    /// length of the new file. Everything appended must already be on the disk.
    ///
    /// # Errors
    /// Fails with a message for the user if the file cannot be replaced. The old file then stays in use.
    fn rotate(&mut self) -> io::Result<u64>;
}
