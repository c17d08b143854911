//! The programs that a student writes, in any language.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::process::{Program, TIMEOUT};

/// The time limit of a test, in case the student's program hangs.
pub const LIMIT: Duration = Duration::from_secs(100);

/// Returns the path of a file in the folder for a student's own programs. The file need not exist yet.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/exercises/mine")
        .join(name)
}

/// Returns the shell command of a student's program: the value of this environment variable, or else `python3` with
/// this file in the student's folder. Fails if there is neither a value nor a file.
pub fn command(variable: &str, name: &str) -> String {
    let given = env::var(variable).unwrap_or_default();
    if !given.trim().is_empty() {
        return given;
    }
    assert!(
        file(name).exists(),
        "There is no program yet. Write tests/exercises/mine/{name}, or set {variable}='your command'."
    );
    format!("python3 '{}'", file(name).display())
}

/// Returns a program's command with these arguments appended.
pub fn program(variable: &str, name: &str, args: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    let script = format!("exec {} \"$@\"", command(variable, name));
    shell.args(["-c", &script, "sh"]).args(args);
    shell
}

/// Returns the next line that a program prints. Fails if the program prints none within [`TIMEOUT`].
pub fn printed(program: &Program) -> String {
    let line = program.stdout_line(TIMEOUT);
    line.expect("The program should have printed one more line.")
}
