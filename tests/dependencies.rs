//! Checks the dependencies of this crate: their licenses, and which of them occur in several versions.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// The licenses under which a crate may be used. None of them forces the authors of a program to publish its source.
const LICENSES: [&str; 6] = [
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "Unicode-3.0",
];

/// The crates that occur in several versions in our programs. ring and tungstenite need different versions of them.
const TWICE: [&str; 1] = ["getrandom"];

/// The crates that occur in several versions in our programs and tests. soketto, rcgen, shuttle and proptest need older
/// versions than tungstenite and ureq.
const TWICE_IN_TESTS: [&str; 10] = [
    "base64",
    "block-buffer",
    "cpufeatures",
    "crypto-common",
    "digest",
    "getrandom",
    "rand",
    "rand_chacha",
    "rand_core",
    "sha1",
];

/// Returns the lines that `cargo tree` prints with these arguments. `cargo tree` works offline here, with the crates
/// that cargo has already downloaded.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--all-features",
            "--prefix=none",
        ])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines = printed
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Returns the names of the crates that occur in several versions among dependencies of these kinds.
fn twice(kinds: &str) -> BTreeSet<String> {
    // With `--depth=0`, a crate that is built with two sets of features is listed once. So a name that occurs more than
    // once has several versions.
    let crates = tree(&["--duplicates", "--depth=0", "--edges", kinds]);
    let names: Vec<&str> = crates
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let pairs = names.windows(2).filter(|pair| pair[0] == pair[1]);
    pairs.map(|pair| pair[0].to_owned()).collect()
}

/// Returns whether [`LICENSES`] satisfy an SPDX expression: each operand of `AND` must allow at least one of the
/// licenses.
fn is_allowed(expression: &str) -> bool {
    let is_one_allowed = |part: &str| {
        let part = part.trim_matches(['(', ')']);
        part.split(" OR ")
            .any(|license| LICENSES.contains(&license))
    };
    // A slash is the old form of `OR`.
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(is_one_allowed)
}

#[test]
fn every_crate_has_a_listed_license() {
    let crates = tree(&["--edges=normal,build,dev", "--format={p}|{l}"]);
    assert!(crates.len() > 100, "only {} crates", crates.len());
    for line in &crates {
        let (name, license) = line.rsplit_once('|').unwrap();
        assert!(is_allowed(license), "{name}: {license:?}");
    }
}

#[test]
fn only_the_listed_crates_occur_in_several_versions() {
    let expected = TWICE.map(str::to_owned);
    assert_eq!(twice("normal,build"), BTreeSet::from(expected));
    let expected = TWICE_IN_TESTS.map(str::to_owned);
    assert_eq!(twice("normal,build,dev"), BTreeSet::from(expected));
}
