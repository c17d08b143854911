//! Checks the guide's pages about the path of a line: which modules are on it, and in which order. Also checks the
//! lengths of source files.

#![allow(clippy::unwrap_used)]

#[path = "support/sources.rs"]
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use sources::{files, imports};

/// The maximum total number of lines in the files on the path, including comments.
const MAX_PATH_LINES: usize = 1300;

/// The maximum number of lines in a source file. The limit for a step of the course is lower.
const MAX_FILE_LINES: usize = 300;
const MAX_STEP_LINES: usize = 100;

const GUIDE: &str = include_str!("../src/guide/path.md");
const CLIENT_GUIDE: &str = include_str!("../src/guide/client_path.md");

/// Returns the modules of the path, in the order of the guide.
fn path() -> Vec<String> {
    path_in(GUIDE)
}

fn path_in(guide: &str) -> Vec<String> {
    let (list, _) = guide.split_once("\n## ").unwrap();
    let links = list.split("](").skip(1);
    links
        .map(|link| {
            let link = link.split(')').next().unwrap();
            let link = link.strip_prefix("mod@").unwrap_or(link);
            link.strip_prefix("crate::").unwrap().to_owned()
        })
        .collect()
}

/// Returns the modules in the guide's section on modules beside the path.
fn beside() -> Vec<&'static str> {
    beside_in(GUIDE)
}

fn beside_in(guide: &'static str) -> Vec<&'static str> {
    let (_, rest) = guide.split_once("## Modules beside the path").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap_or((rest, ""));
    section.split('`').skip(1).step_by(2).collect()
}

/// Returns the modules in the guide's table of small functions on the path, each with its functions.
fn passed() -> Vec<(&'static str, Vec<&'static str>)> {
    let (_, rest) = GUIDE.split_once("## Small functions on the path").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').collect();
        let names = |cell: &'static str| cell.split('`').skip(1).step_by(2);
        (names(cells[1]).next().unwrap(), names(cells[2]).collect())
    })
    .collect()
}

fn file_of(module: &str) -> PathBuf {
    PathBuf::from(format!("src/{}.rs", module.replace("::", "/")))
}

fn length(path: impl AsRef<Path>) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn path_lists_its_main_modules_in_order() {
    let path = path();
    let position = |name: &str| path.iter().position(|module| module.ends_with(name));
    let stations = [
        "hub::messages",
        "delivery::messages",
        "connection::websocket",
        "net::socket",
        "server::hub",
        "server::room",
        "delivery::batch",
        "delivery::writer",
        "delivery::recipient",
        "net::write_half",
        "delivery::catch_up",
    ];
    let positions: Vec<_> = stations.map(position).to_vec();
    assert!(positions.iter().all(Option::is_some), "{positions:?}");
    assert!(positions.is_sorted(), "{positions:?}");
}

#[test]
fn path_has_at_most_1300_lines() {
    let lengths: Vec<_> = path()
        .iter()
        .map(|module| (module.clone(), length(file_of(module))))
        .collect();
    let total: usize = lengths.iter().map(|(_, lines)| lines).sum();
    println!("{total} lines in {} files", lengths.len());
    assert!(total <= MAX_PATH_LINES, "{total} lines: {lengths:#?}");
}

#[test]
fn files_on_the_path_import_only_what_the_guide_names() {
    let passed = passed().into_iter().map(|(module, _)| module);
    let beside: Vec<_> = passed.chain(beside()).collect();
    assert_names_all_imports(&path(), &beside);
}

#[test]
fn clients_path_imports_only_what_its_page_names() {
    let (path, beside) = (path_in(CLIENT_GUIDE), beside_in(CLIENT_GUIDE));
    assert_names_all_imports(&path, &beside);
    for module in beside {
        assert!(file_of(module).is_file(), "{module}");
        assert!(!path.iter().any(|it| it == module), "{module}");
    }
}

#[test]
fn clients_path_lists_the_modules_of_its_system_calls() {
    let (list, _) = CLIENT_GUIDE.split_once("\n## ").unwrap();
    for (module, call) in [
        ("client/stdin.rs", "read_until("),
        ("client/connect/write_side.rs", "stream.write("),
        ("base/send.rs", "rustix::net::send("),
        ("client/connect/transport.rs", ".read(buffer)"),
        ("client/connect/tls.rs", "stream.read("),
        ("client/output.rs", "write_all("),
        ("client/terminal/tty.rs", "rustix::io::read("),
        ("client/terminal/tty.rs", "write_all("),
    ] {
        let text = fs::read_to_string(format!("src/{module}")).unwrap();
        assert!(text.contains(call), "{module} no longer calls {call}");
        let module = module.trim_end_matches(".rs").replace('/', "::");
        assert!(list.contains(&format!("(crate::{module})")), "{module}");
    }
}

fn assert_names_all_imports(path: &[String], beside: &[&str]) {
    for module in path {
        for import in imports(&file_of(module)) {
            let is_named = path.contains(&import)
                || beside.iter().any(|named| {
                    import == *named || import.starts_with(&format!("{named}::"))
                })
                // An import of a function begins with the function's module.
                || import
                    .rsplit_once("::")
                    .is_some_and(|(module, _)| path.iter().any(|it| it == module));
            assert!(is_named, "{module} imports {import}");
        }
    }
}

#[test]
fn modules_beside_the_path_exist_and_are_not_on_it() {
    for module in beside() {
        assert!(file_of(module).is_file(), "{module}");
        assert!(!path().iter().any(|it| it == module), "{module}");
    }
}

#[test]
fn small_functions_are_in_the_modules_that_the_guide_names() {
    assert!(!passed().is_empty());
    for (module, functions) in passed() {
        assert!(!path().iter().any(|it| it == module), "{module}");
        let text = fs::read_to_string(file_of(module)).unwrap();
        for function in functions {
            let declares = |end| text.contains(&format!("fn {function}{end}"));
            assert!(declares('(') || declares('<'), "{function}");
        }
    }
}

#[test]
fn no_source_file_has_more_than_300_lines() {
    for file in files("src", &["rs", "html", "css", "js"]) {
        let lines = length(&file);
        assert!(lines <= MAX_FILE_LINES, "{}: {lines}", file.display());
    }
}

#[test]
fn no_step_has_more_than_100_lines() {
    let steps = files("src/steps", &["rs"]);
    let steps = steps.iter().filter(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        name.starts_with(|c: char| c.is_ascii_digit())
    });
    for step in steps {
        let lines = length(step);
        assert!(lines <= MAX_STEP_LINES, "{}: {lines}", step.display());
    }
}
