//! A temporary folder for history files, and helpers for their content.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use blocking_chat::base::line;

/// A temporary folder. Dropping this value removes the folder.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("history-file-{}-{number}", process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        // The server resolves links, so the test must use resolved paths too.
        Folder(path.canonicalize().unwrap())
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Creates a file with these bytes. Returns its path.
    pub fn with(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the content of a history file: the first line for room 5f3a09c1, and lines with these numbers.
pub fn transcript(numbers: impl Iterator<Item = u64>) -> String {
    let mut text = "* transcript of room 5f3a09c1\n".to_owned();
    for number in numbers {
        text += &format!("{number} anna: line {number}\n");
    }
    text
}

/// Returns the room's id in the first line of a history file, and the file's other lines. The numbers of the other
/// lines must be consecutive.
#[track_caller]
pub fn content(path: &std::path::Path) -> (String, Vec<String>) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let room = lines.next().unwrap().strip_prefix("* transcript of room ");
    let room = room.unwrap().to_owned();
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    for pair in lines.windows(2) {
        let numbers = [&pair[0], &pair[1]].map(|line| line::number(line).expect(line));
        assert_eq!(numbers[0] + 1, numbers[1], "{pair:?} in {path:?}");
    }
    (room, lines)
}
