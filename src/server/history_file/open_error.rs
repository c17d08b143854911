//! Why a history file does not open.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::server::history_file::tail::TailError;

/// Why a history file does not open, in a sentence that says what to do.
#[derive(Debug, Error)]
#[error("cannot use the history file {}: {problem}", path.display())]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a history file.
#[derive(Debug, Error)]
pub enum Problem {
    /// Another server has it open.
    #[error("another server has it open; give each its own")]
    InUse,
    /// The directory for it does not exist.
    #[error("the directory {} does not exist; create it, or give another name", .0.display())]
    NoDirectory(PathBuf),
    /// It is a directory, a device or a pipe.
    #[error("it is no regular file; give the name of one, or a new name")]
    NotAFile,
    /// Its lines are not those of a room.
    #[error("{0}; mend it, move the file away, or give another name")]
    Content(#[source] TailError),
    /// The system refuses to open, to lock, to read, to cut or to sync it.
    #[error("{0}; give another name with --history-file")]
    Io(#[from] io::Error),
}

impl From<TailError> for Problem {
    fn from(error: TailError) -> Problem {
        match error {
            TailError::Io(error) => Problem::Io(error),
            other @ TailError::NotATranscript(_) => Problem::Content(other),
        }
    }
}
