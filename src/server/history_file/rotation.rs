//! Beginning a history file anew. After a crash at any point, there is one file that opens.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::server::history_file::file::{HistoryFile, options, try_lock};
use crate::server::history_file::room_line;
use crate::server::history_file::storage::Storage;
use crate::server::history_file::tail::TailError;

/// The move of a file to `FILE.1`, and its successor in the making.
///
/// `FILE` always exists: it is the old one up to a rename(2), which replaces it by the new one in a single step. The old one
/// keeps its second name, `FILE.1`. The caller then syncs the directory before it writes anything.
#[derive(Debug)]
pub struct Rotation<'a> {
    old: &'a HistoryFile,
    /// The new file and its length. All that can fail is done before it gets its name.
    new: Option<(HistoryFile, u64)>,
}

/// A step of a rotation.
pub type Step<'a> = fn(&mut Rotation<'a>) -> io::Result<()>;

impl<'a> Rotation<'a> {
    /// The steps in their order. A test ends a rotation after each of them.
    pub const STEPS: [Step<'a>; 5] = [
        Rotation::write_new,
        Rotation::sync_new,
        Rotation::remove_older,
        Rotation::link_old,
        Rotation::rename_new,
    ];

    /// Prepares the rotation of a file.
    pub fn new(old: &'a HistoryFile) -> Rotation<'a> {
        Rotation { old, new: None }
    }

    /// Takes all steps. Returns the new file and its length.
    ///
    /// # Errors
    /// The errors of the system. Then the old file is still in its place.
    pub fn run(mut self) -> io::Result<(HistoryFile, u64)> {
        for step in Rotation::STEPS {
            if let Err(error) = step(&mut self) {
                // The disk may be full, so the unfinished file must go.
                let _ = fs::remove_file(self.beside(".new"));
                return Err(error);
            }
        }
        self.new.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn write_new(&mut self) -> io::Result<()> {
        let path = self.beside(".new");
        // A killed server may have left one.
        remove_if_there(&path)?;
        let mut new = options().create_new(true).open(&path)?;
        // Before it has its name, so that no other server can be first.
        if !try_lock(&new)? {
            return Err(io::Error::other("another server has the new file"));
        }
        let tail = self.old.tail().map_err(|error| match error {
            TailError::Io(error) => error,
            other => io::Error::other(other),
        })?;
        let mut text = room_line::encode(&tail.room.unwrap_or_default());
        for line in &tail.lines {
            text.push_str(line);
            text.push('\n');
        }
        new.write_all(text.as_bytes())?;
        self.new = Some((self.old.successor(new)?, text.len() as u64));
        Ok(())
    }

    fn sync_new(&mut self) -> io::Result<()> {
        match &self.new {
            Some((new, _)) => new.sync_bytes(),
            None => Ok(()),
        }
    }

    fn remove_older(&mut self) -> io::Result<()> {
        remove_if_there(&self.beside(".1"))
    }

    fn link_old(&mut self) -> io::Result<()> {
        fs::hard_link(self.old.path(), self.beside(".1"))
    }

    fn rename_new(&mut self) -> io::Result<()> {
        fs::rename(self.beside(".new"), self.old.path())
    }

    /// Returns the path of the file with something added to its name.
    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(self.old.path());
        name.push(ending);
        name.into()
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
