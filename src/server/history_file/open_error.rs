//! Why a history file cannot be opened.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::server::history_file::tail::TailError;

/// Why a history file cannot be opened. The message tells the user what to do.
#[derive(Debug, Error)]
#[error("cannot use the history file {}: {problem}", path.display())]
pub struct OpenError {
    /// The path of the history file.
    pub path: PathBuf,
    /// What is wrong with the file.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a history file.
#[derive(Debug, Error)]
pub enum Problem {
    /// Another server has the file open.
    #[error("another server has it open; give each server its own file")]
    InUse,
    /// The file's directory, at this path, does not exist.
    #[error("the directory {} does not exist; create it, or choose another name", .0.display())]
    NoDirectory(PathBuf),
    /// The path leads to something other than a regular file, such as a directory or a pipe.
    #[error("it is not a regular file; choose a regular file, or a new name")]
    NotAFile,
    /// The file is not a transcript.
    #[error("{0}; repair the file, move it away, or choose another name")]
    Content(#[source] TailError),
    /// A system call on the file or its directory fails, or another program keeps replacing the file.
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
