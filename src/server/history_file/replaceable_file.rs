//! What a rotation may overwrite: the room's older and unfinished files, if no server has them open.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::server::history_file::locked_file::{LockedFile, is_same, try_lock, with_path};
use crate::server::history_file::room_line::{self, RoomLine};

/// A path beside a history file. A rotation may overwrite the file there, if there is one.
///
/// While this value exists, that file stays locked, so that no server opens it.
#[derive(Debug)]
pub(super) struct ReplaceableFile {
    _lock: Option<File>,
}

impl ReplaceableFile {
    /// Checks that `path` is free, or leads to the history file itself, an older file of its room, or an unfinished
    /// file.
    ///
    /// # Errors
    /// Fails with a message for the user if a system call fails, if anything else is there, or if the file is locked.
    pub(super) fn check(path: &Path, current: &LockedFile) -> io::Result<ReplaceableFile> {
        let metadata = match path.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(ReplaceableFile { _lock: None });
            }
            metadata => metadata.map_err(with_path(path))?,
        };
        // If this is the history file itself, an earlier rotation was interrupted.
        if is_same(&metadata, &current.metadata()?) {
            return Ok(ReplaceableFile { _lock: None });
        }
        if !metadata.is_file() {
            return Err(in_the_way(path, "is not a regular file"));
        }
        let mut file = File::open(path).map_err(with_path(path))?;
        if !try_lock(&file)? {
            return Err(in_the_way(path, "is the history file of another server"));
        }
        let mut begin = Vec::new();
        let mut first_line = (&mut file).take(room_line::LENGTH as u64);
        first_line
            .read_to_end(&mut begin)
            .map_err(with_path(path))?;
        match room_line::parse(&begin) {
            RoomLine::Incomplete => {}
            RoomLine::Complete(room) if room == current.room() => {}
            RoomLine::Complete(_) => return Err(in_the_way(path, "has the lines of another room")),
            RoomLine::Other => return Err(in_the_way(path, "is not a transcript of a room")),
        }
        Ok(ReplaceableFile { _lock: Some(file) })
    }
}

fn in_the_way(path: &Path, reason: &str) -> io::Error {
    let path = path.display();
    io::Error::other(format!("{path} {reason}; move it away"))
}
