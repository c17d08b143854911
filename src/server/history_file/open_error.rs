//! Why a history file cannot be opened.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::server::history_file::tail::TailError;

/// Why a history file cannot be opened. The message says what to do.
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
    #[error("another server has it open; give each server its own file")]
    InUse,
    /// The directory for it does not exist.
    #[error("the directory {} does not exist; create it, or choose another name", .0.display())]
    NoDirectory(PathBuf),
    /// It is a directory, a device or a pipe.
    #[error("it is not a regular file; choose a regular file, or a new name")]
    NotAFile,
    /// It is not a transcript.
    #[error("{0}; repair the file, move it away, or choose another name")]
    Content(#[source] TailError),
    /// The system cannot open, lock, read, write, truncate or sync it, or another program keeps replacing it.
    #[error("{0}; choose another name with --history-file")]
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
