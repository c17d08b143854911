//! Parses patches in the format of `diff -u`, and applies them in memory, without git.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The lines of each file, by its path. A patch changes the lines in memory, not on disk.
#[derive(Default)]
pub struct Files(BTreeMap<String, Vec<String>>);

impl Files {
    /// Returns the lines of a file, which is read on first use. A file that does not exist has no lines.
    fn lines(&mut self, path: &str) -> &mut Vec<String> {
        self.0.entry(path.to_owned()).or_insert_with(|| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
            let text = fs::read_to_string(path).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        })
    }

    /// Applies a patch.
    ///
    /// # Errors
    /// Fails with a reason if the patch has no file or hunk, if it creates a file that exists, or if a hunk's old lines
    /// do not occur exactly once.
    pub fn apply(&mut self, patch: &str) -> Result<(), String> {
        let patch = format!("\n{patch}");
        let mut path = "";
        for part in patch.split("\n+++ b/").skip(1) {
            let (name, hunks) = part.split_once('\n').ok_or("a patch without a hunk")?;
            path = name.trim();
            for hunk in hunks
                .split("\n@@ ")
                .map(|hunk| hunk.trim_start_matches("@@ "))
            {
                let lines = hunk.lines().skip(1);
                let lines: Vec<&str> = lines.take_while(|line| belongs_to_hunk(line)).collect();
                self.replace(path, &side(&lines, '-'), &side(&lines, '+'))?;
            }
        }
        if path.is_empty() {
            Err("a patch without a file".to_owned())
        } else {
            Ok(())
        }
    }

    fn replace(&mut self, path: &str, old: &[&str], new: &[&str]) -> Result<(), String> {
        let lines = self.lines(path);
        let new = new.iter().map(|&line| line.to_owned());
        if old.is_empty() {
            // The patch creates this file.
            if !lines.is_empty() {
                return Err(format!("{path} exists already"));
            }
            lines.extend(new);
            return Ok(());
        }
        let mut places = (0..lines.len())
            .filter(|&at| lines[at..].len() >= old.len() && lines[at..][..old.len()] == *old);
        match (places.next(), places.next()) {
            (Some(at), None) => {
                lines.splice(at..at + old.len(), new);
                Ok(())
            }
            (None, _) => Err(format!(
                "{path} no longer has these lines:\n{}",
                old.join("\n")
            )),
            (Some(_), Some(_)) => Err(format!("{path} has these lines twice:\n{}", old.join("\n"))),
        }
    }
}

/// Returns whether a line belongs to a hunk. The header of the next file does not belong to it.
fn belongs_to_hunk(line: &str) -> bool {
    !line.starts_with("--- ") && !line.starts_with("diff ") && line.starts_with([' ', '-', '+'])
}

/// Returns the lines of a hunk before (`-`) or after (`+`) its change.
fn side<'a>(lines: &[&'a str], sign: char) -> Vec<&'a str> {
    let of_side = lines.iter().filter(|line| line.starts_with([' ', sign]));
    of_side.map(|line| &line[1..]).collect()
}
