//! Programs from Debian packages, if they are installed.

use std::env;
use std::path::PathBuf;

/// If this variable is set, a test whose program is missing fails. Otherwise, such a test passes with a message.
const REQUIRED: &str = "REQUIRE_PROGRAMS";

/// Finds a program. If it is not installed, prints a message and returns `None`, or panics if [`REQUIRED`] is set.
#[track_caller]
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Some servers are installed in `/usr/sbin`, which is often only in root's `PATH`.
    let folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(env::var_os(REQUIRED).is_none(), "{name} is not installed");
        eprintln!("not tested: {name} is not installed");
    }
    found
}
