//! What the keeper needs of a file. A test has a storage that fails in every way a disk can.

use std::io;

/// A file to whose end lines are written.
pub trait Storage {
    /// Checks that the file is where a reader looks for it, and has this length.
    ///
    /// # Errors
    /// A message if another program has removed, replaced or changed it; the errors of stat(2).
    fn check(&self, length: u64) -> io::Result<()>;

    /// Appends these bytes. After an error, some of them may be in the file.
    ///
    /// # Errors
    /// The errors of write(2), above all that the disk is full.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits until everything appended is on the disk, and so survives a crash of the machine.
    ///
    /// # Errors
    /// The errors of fdatasync(2). Then perhaps *no* byte since the last success is on the disk. A second call may succeed
    /// without writing them, because the kernel may have dropped them.
    fn sync(&mut self) -> io::Result<()>;

    /// Opens the file anew, and cuts off everything behind this length.
    ///
    /// # Errors
    /// The errors of open(2) and ftruncate(2).
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// Moves the file out of the way, and begins it anew with the lines that are still kept. Returns its new length. Everything
    /// appended must be on the disk already.
    ///
    /// # Errors
    /// The errors of the system. Then the old file stays in use.
    fn rotate(&mut self) -> io::Result<u64>;
}
