//! The way of one line can be read in an hour. What that means is counted here.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

/// How many lines the way of one line may have in all, with comments: what a reader takes in within an hour.
const BUDGET: usize = 1300;

/// How long a file may be, and a step towards the design.
const LONGEST_FILE: usize = 300;
const LONGEST_STEP: usize = 100;

/// How long a function may be.
const LONGEST_FUNCTION: usize = 40;

/// The files that the documentation of the library lists as the way, in its order.
fn the_way() -> Vec<String> {
    let map = fs::read_to_string("src/lib.rs").unwrap();
    let items = map
        .lines()
        .filter(|line| line.starts_with("//! ") && line.contains(". `src/"));
    items
        .filter_map(|item| item.split('`').nth(1))
        .map(str::to_owned)
        .collect()
}

fn length(path: impl AsRef<Path>) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

/// The files of a folder and the folders in it that end in this way.
fn sources(folder: &str, endings: &[&str]) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let inner = folders
        .iter()
        .flat_map(|folder| sources(folder.to_str().unwrap(), endings));
    files
        .into_iter()
        .filter(|file| {
            file.extension()
                .is_some_and(|ending| endings.iter().any(|one| ending == *one))
        })
        .chain(inner)
        .collect()
}

#[test]
fn the_way_of_one_line_can_be_read_in_an_hour() {
    let way = the_way();
    for station in [
        "stdin",
        "accept",
        "connection",
        "websocket",
        "hub",
        "room",
        "writer",
        "catch_up",
        "socket",
    ] {
        assert!(
            way.iter()
                .any(|file| file.ends_with(&format!("/{station}.rs"))),
            "{station} is not on the way"
        );
    }
    let total: usize = way.iter().map(length).sum();
    assert!(total <= BUDGET, "{total} lines in {way:?}");
}

#[test]
fn no_file_does_too_much() {
    for file in sources("src", &["rs", "html", "css", "js"]) {
        let lines = length(&file);
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines",
            file.display()
        );
    }
}

#[test]
fn no_function_does_too_much() {
    for file in sources("src", &["rs"]) {
        for (name, lines) in functions(&fs::read_to_string(&file).unwrap()) {
            assert!(
                lines <= LONGEST_FUNCTION,
                "{}: {name} has {lines} lines",
                file.display()
            );
        }
    }
}

/// The functions of a file that rustfmt has formatted, with their lengths: each ends with a brace as far in as it begins.
fn functions(source: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.lines().collect();
    let is_function = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words
            .iter()
            .position(|word| *word == "fn")
            .is_some_and(|at| {
                words[..at].iter().all(|word| {
                    word.starts_with("pub") || word.starts_with("const") || word.ends_with(')')
                })
            })
    };
    let starts = (0..lines.len()).filter(|&at| is_function(lines[at]) && !lines[at].ends_with(';'));
    let functions = starts.map(|start| {
        let indent = lines[start].len() - lines[start].trim_start().len();
        let end = format!("{}}}", " ".repeat(indent));
        let length = lines[start..]
            .iter()
            .position(|line| **line == end || line.ends_with("{}"))
            .unwrap_or(0)
            + 1;
        (lines[start].trim().to_owned(), length)
    });
    functions.collect()
}

#[test]
fn each_step_fits_on_two_pages() {
    for number in ["0a", "0b", "1", "2", "3", "4", "5", "6a", "6b"] {
        let start = format!("src/steps/{number}_");
        let steps = sources("src/steps", &["rs"])
            .into_iter()
            .filter(|file| file.to_str().unwrap().starts_with(&start));
        let lengths: Vec<usize> = steps.map(length).collect();
        assert!(
            matches!(lengths[..], [lines] if lines <= LONGEST_STEP),
            "step {number}: {lengths:?} lines"
        );
    }
}
