//! The command line of a program, and what it prints by itself: help, the version, and errors.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::exit;

use clap::Parser;

/// Parses the command line. Returns only if the program is to run.
///
/// Otherwise it prints, and exits as clap does: with 0 after the help or the version, with 2 after an error. clap ignores
/// a failed write to stdout. This function then exits with 1, and says why on stderr.
pub fn parse<P: Parser>() -> P {
    let error = match P::try_parse() {
        Ok(options) => return options,
        Err(error) => error,
    };
    let printed = printed(error.print());
    match printed {
        Err(reason) if !error.use_stderr() => {
            let _ = writeln!(io::stderr(), "{}: {reason}", P::command().get_name());
            exit(1);
        }
        _ => exit(error.exit_code()),
    }
}

/// Prints a text and a newline on stdout. It is no error if the reader has closed its end: see [`printed`].
///
/// # Errors
/// The errors of [`printed`].
pub fn say(text: impl Display) -> Result<(), String> {
    printed(writeln!(io::stdout(), "{text}"))
}

/// Checks the result of printing to stdout. A reader may close its end after it has read what it wanted, as `head`
/// does: this is no error.
///
/// # Errors
/// One sentence, for example for a full disk.
pub fn printed(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot print to stdout: {error}"))
        }
        _ => Ok(()),
    }
}
