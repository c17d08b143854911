//! The source files, and what they import.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the files with one of these extensions in a folder and its subfolders.
pub fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(path.to_str().unwrap(), endings),
            false => vec![path],
        })
        .filter(|path| {
            let ending = path.extension().unwrap_or_default();
            endings.iter().any(|one| ending == *one)
        })
        .collect()
}

/// Returns the paths that follow `crate::` in a file's code, for example `server::room::join`.
pub fn imports(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let paths = code.flat_map(|line| line.split("crate::").skip(1));
    paths
        .map(|path| {
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let path = &path[..end.unwrap_or(path.len())];
            // The path ends before a name with a capital letter: a type or a constant.
            let modules = path
                .split("::")
                .take_while(|name| name.starts_with(char::is_lowercase));
            modules.collect::<Vec<_>>().join("::")
        })
        .collect()
}
