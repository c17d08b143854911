//! The command line of a program, and what clap prints for it: help, the version, and errors.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::exit;

use clap::Parser;
use clap::error::ErrorKind;

/// Parses the command line. Returns only if the program should run.
///
/// Otherwise it prints and exits as clap does: with status 0 after the help or the version, with status 2 after an
/// error. clap ignores a failed write to stdout. This function reports it on stderr and exits with status 1.
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

/// Ends the program because of options that do not fit together: prints the sentence as clap does, and exits with 2.
pub fn refuse<P: Parser>(sentence: &str) -> ! {
    let error = P::command().error(ErrorKind::ArgumentConflict, sentence);
    error.exit()
}

/// Prints text and a newline to stdout. A broken pipe is not an error: see [`printed`].
///
/// # Errors
/// The errors of [`printed`].
pub fn say(text: impl Display) -> Result<(), String> {
    printed(writeln!(io::stdout(), "{text}"))
}

/// Checks the result of printing to stdout. A broken pipe is not an error: a reader such as `head` closes its end once
/// it has read enough.
///
/// # Errors
/// A sentence about any other failure, such as a full disk.
pub fn printed(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot print to stdout: {error}"))
        }
        _ => Ok(()),
    }
}
