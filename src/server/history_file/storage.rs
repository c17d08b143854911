//! The interface between the keeper and its file. A test implements it with a simulated disk that fails.

use std::io;

/// A file to which lines are appended.
pub trait Storage {
    /// Checks that the file is at its path and has this length.
    ///
    /// # Errors
    /// A message if another program has removed, replaced or changed the file, or the errors of stat(2).
    fn check(&self, length: u64) -> io::Result<()>;

    /// Appends these bytes. After an error, some of them may be in the file.
    ///
    /// # Errors
    /// The errors of write(2), for example that the disk is full.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits until everything appended is on the disk, and so survives a crash of the machine.
    ///
    /// # Errors
    /// The errors of fdatasync(2). After an error, perhaps *none* of the bytes since the last successful sync is on the
    /// disk. A second call may succeed without writing these bytes, because the kernel may have dropped them.
    fn sync(&mut self) -> io::Result<()>;

    /// Reopens the file, and cuts off everything after this length.
    ///
    /// # Errors
    /// The errors of open(2) and ftruncate(2), or a message if another program has changed the file.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Renames the file, and replaces it with a new file that begins with the kept lines. Returns the length of the new file.
    /// Everything appended must already be on the disk.
    ///
    /// # Errors
    /// The errors of the system. The old file then stays in use.
    fn rotate(&mut self) -> io::Result<u64>;
}
