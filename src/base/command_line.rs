//! Parses the command line of a program, and prints the help, the version, or an error.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::exit;

use clap::Parser;
use clap::error::ErrorKind;

/// Parses the command line. Returns only if the program should run.
///
/// Otherwise, this function prints the help, the version or an error. It then exits as clap does: with status 0 after
/// the help or the version, and with status 2 after an error. Unlike clap, this function reports a failed write to
/// stdout, and then exits with status 1. A broken pipe is not reported, and does not change the status.
pub fn parse<P: Parser>() -> P {
    let error = match P::try_parse() {
        Ok(options) => return options,
        Err(error) => error,
    };
    let printed = ignore_broken_pipe(error.print());
    match printed {
        Err(reason) if !error.use_stderr() => {
            let _ = writeln!(io::stderr(), "{}: {reason}", P::command().get_name());
            exit(1);
        }
        _ => exit(error.exit_code()),
    }
}

/// Reports a conflict between arguments, in the format of clap, and exits with status 2.
pub fn exit_with_conflict<P: Parser>(sentence: &str) -> ! {
    let error = P::command().error(ErrorKind::ArgumentConflict, sentence);
    error.exit()
}

/// Prints text and a newline to stdout.
///
/// # Errors
/// Fails as [`ignore_broken_pipe`] does.
pub fn print(text: impl Display) -> Result<(), String> {
    ignore_broken_pipe(writeln!(io::stdout(), "{text}"))
}

/// Checks the result of printing to stdout. A broken pipe is not an error, because a reader such as `head` closes its
/// end as soon as it has read enough.
///
/// # Errors
/// Fails with a message for the user after any other error, such as a full disk.
pub fn ignore_broken_pipe(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot print to stdout: {error}"))
        }
        _ => Ok(()),
    }
}
