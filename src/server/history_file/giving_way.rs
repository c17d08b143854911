//! What a rotation may overwrite: an older file of the same room that no server has open.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::server::history_file::locked_file::{LockedFile, at, is_same, try_lock};
use crate::server::history_file::room_line::{self, RoomLine};

/// A path beside a history file that a rotation may overwrite.
///
/// This value holds the lock of the file at that path, so that no server opens the file in the meantime.
#[derive(Debug)]
pub(super) struct GivingWay {
    _lock: Option<File>,
}

impl GivingWay {
    /// Checks that `path` is free, or is another name of the history file, an older file of its room, or an unfinished file.
    ///
    /// # Errors
    /// A sentence if something else is there, or the errors of the system. The check changes no file.
    pub(super) fn check(path: &Path, of: &LockedFile) -> io::Result<GivingWay> {
        let metadata = match path.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(GivingWay { _lock: None });
            }
            metadata => metadata.map_err(at(path))?,
        };
        // It is the history file itself: an earlier rotation was interrupted.
        if is_same(&metadata, &of.metadata()?) {
            return Ok(GivingWay { _lock: None });
        }
        if !metadata.is_file() {
            return Err(refusal(path, "is not a regular file"));
        }
        let mut file = File::open(path).map_err(at(path))?;
        if !try_lock(&file)? {
            return Err(refusal(path, "is the history file of another server"));
        }
        let mut begin = Vec::new();
        let mut first_line = (&mut file).take(room_line::LENGTH as u64);
        first_line.read_to_end(&mut begin).map_err(at(path))?;
        match room_line::parse(&begin) {
            RoomLine::Incomplete => {}
            RoomLine::Complete(room) if room == of.room() => {}
            RoomLine::Complete(_) => return Err(refusal(path, "has the lines of another room")),
            RoomLine::Other => return Err(refusal(path, "is not a transcript of a room")),
        }
        Ok(GivingWay { _lock: Some(file) })
    }
}

fn refusal(path: &Path, what_it_is: &str) -> io::Error {
    let path = path.display();
    io::Error::other(format!("{path} {what_it_is}; move it away"))
}
