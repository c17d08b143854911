//! `make check SERVER='…'`: which promises of the chat does a server keep?
//!
//! This test is a program without a test harness. It prints a table of stages and one sentence about the first stage
//! that fails. It judges the command in `CHAT_SERVER`, or our server by default. It exits with 0 if all stages pass.

#![allow(clippy::indexing_slicing)]

#[path = "../support/mod.rs"]
mod support;

mod judge;

use std::env;
use std::io::{self, Write};
use std::process::{self, ExitCode};

use judge::{Limits, judge};

const OURS: &str = env!("CARGO_BIN_EXE_chat-server");

fn main() -> ExitCode {
    if is_filtered_out() {
        println!("check: skipped, because the command line selects other tests");
        return ExitCode::SUCCESS;
    }
    // The server runs in a process group of its own, so Ctrl-C does not reach it. The Ctrl-C handler kills the server.
    let handler = ctrlc::set_handler(|| {
        judge::process::kill_running_server();
        process::exit(130);
    });
    let given = env::var("CHAT_SERVER").ok();
    let given = given.filter(|command| !command.trim().is_empty());
    // `cargo test` judges our own server on a machine that may be busy. So our server gets more time.
    let limits = match given {
        Some(_) => Limits::default(),
        None => Limits::long(),
    };
    let command = given.unwrap_or_else(|| quoted(OURS));
    let handler = handler.map_err(io::Error::other);
    let verdict = handler.and_then(|()| judge(&command, limits, &mut io::stdout()));
    match verdict {
        Ok(report) if report.all_passed() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "check: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Quotes a path as one word for the shell.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match path.chars().all(plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

/// Returns whether the command line excludes this program, which counts as a test named `check`. `cargo test WORD` runs
/// only the tests whose names contain the word. `--list` runs none.
fn is_filtered_out() -> bool {
    let words: Vec<String> = env::args().skip(1).collect();
    let mut filters = words.iter().filter(|word| !word.starts_with('-'));
    words.iter().any(|word| word == "--list")
        || filters.any(|word| !"check".contains(word.as_str()))
}
