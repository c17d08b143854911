//! Why a history file does not open.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::server::history_file::tail::TailError;

/// Why a history file does not open, in a sentence that says what to do.
#[derive(Debug)]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a history file.
#[derive(Debug)]
pub enum Problem {
    /// Another server has it open.
    InUse,
    /// It is a directory, a device or a pipe.
    NotAFile,
    /// Its lines are not those of a room, or it cannot be read.
    Content(TailError),
    /// The system refuses to open, to lock, to cut or to sync it.
    Io(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        Problem::Io(error)
    }
}

impl From<TailError> for Problem {
    fn from(error: TailError) -> Problem {
        match error {
            TailError::Io(error) => Problem::Io(error),
            other => Problem::Content(other),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the history file {}: ", self.path.display())?;
        match &self.problem {
            Problem::InUse => f.write_str("another server has it open; give each its own"),
            Problem::NotAFile => {
                f.write_str("it is no regular file; give the name of one, or a new name")
            }
            Problem::Content(error) => write!(f, "{error}; move it away, or give another name"),
            Problem::Io(error) => write!(f, "{error}; give another name with --history-file"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Content(error) => Some(error),
            Problem::Io(error) => Some(error),
            Problem::InUse | Problem::NotAFile => None,
        }
    }
}
