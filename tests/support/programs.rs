//! Programs that are not ours: Debian packages them, and a computer may lack them.

use std::env;
use std::path::PathBuf;

/// With this variable, a program that is missing fails its test. Otherwise the test says so and passes.
const REQUIRED: &str = "REQUIRE_PROGRAMS";

/// Finds a program. `None` if it may be missing and is.
#[track_caller]
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Servers are in `sbin`, where only root looks.
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
