//! Opens a history file: locks it, reads its last lines, and repairs it after a crash.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::server::history_file::file::HistoryFile;
use crate::server::history_file::locked_file::{
    directory_of, is_same, options, sync_directory, try_lock,
};
use crate::server::history_file::open_error::{OpenError, Problem};
use crate::server::history_file::room_line;
use crate::server::history_file::tail::Tail;

/// The maximum number of attempts to open a file that other programs keep replacing: 10.
const ATTEMPTS: usize = 10;

/// An open history file, and what the server needs from its content.
#[derive(Debug)]
pub struct OpenedFile {
    /// The file. Its whole content is on the disk.
    pub file: HistoryFile,
    /// The id of the room.
    pub room: String,
    /// The last lines of the file. Any torn bytes after them have already been cut off.
    pub tail: Tail,
}

impl fmt::Display for OpenedFile {
    /// Writes the text for the log: which room begins or continues, where, and the size of a torn end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, room) = (self.file.locked().path().display(), &self.room);
        let Tail {
            first, lines, torn, ..
        } = &self.tail;
        let newest = first.saturating_sub(1) + lines.len() as u64;
        match &self.tail.room {
            Some(_) => write!(f, "room {room} continues after line {newest} of {path}")?,
            None => write!(f, "room {room} begins in {path}")?,
        }
        if *torn > 0 {
            write!(f, ", whose torn end of {torn} bytes was cut off")?;
        }
        Ok(())
    }
}

/// Opens a history file, or creates it for a new room with the id `new_room`. Reads its last lines, as [`Tail::read`]
/// does.
///
/// # Errors
/// [`OpenError`], for example if another server has the file open, or if it is not a transcript.
pub fn open(path: &Path, new_room: &str, kept_lines: usize) -> Result<OpenedFile, OpenError> {
    open_and_read(path, new_room, kept_lines).map_err(|problem| OpenError {
        path: path.to_owned(),
        problem,
    })
}

fn open_and_read(path: &Path, new_room: &str, kept_lines: usize) -> Result<OpenedFile, Problem> {
    let (mut file, path) = open_locked(path)?;
    let mut tail = Tail::read(&mut file, kept_lines)?;
    if tail.torn > 0 {
        file.set_len(tail.length)?;
    }
    let room = match tail.room.clone() {
        Some(room) => room,
        None => {
            let first_line = room_line::encode(new_room);
            file.write_all(first_line.as_bytes())?;
            tail.length = first_line.len() as u64;
            new_room.to_owned()
        }
    };
    // A killed server may have written lines that are not on the disk yet. Clients must not see these lines before a
    // sync.
    file.sync_all()?;
    sync_directory(&path)?;
    let file = HistoryFile::new(path, room.clone(), file, kept_lines)?;
    Ok(OpenedFile { file, room, tail })
}

/// Opens or creates a file and locks it. Also returns its real path, so that a rotation replaces no link.
fn open_locked(path: &Path) -> Result<(File, PathBuf), Problem> {
    for _ in 0..ATTEMPTS {
        let directory = directory_of(path);
        if !directory.exists() {
            return Err(Problem::NoDirectory(directory.to_owned()));
        }
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Problem::NotAFile);
        }
        let file = options().create(true).open(path)?;
        if !try_lock(&file)? {
            return Err(Problem::InUse);
        }
        // Between our open and our lock, another server may have rotated the file and then ended.
        let path = path.canonicalize()?;
        if is_same(&file.metadata()?, &path.metadata()?) {
            return Ok((file, path));
        }
    }
    Err(Problem::Io(io::Error::other(
        "another program keeps replacing it",
    )))
}
