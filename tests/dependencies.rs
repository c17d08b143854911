//! The crates that this one builds upon: their licenses, and which of them are there twice.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// Each crate may be used under one of these, or under several of them together. None asks for more than its text.
const LICENSES: [&str; 6] = [
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "Unicode-3.0",
];

/// The crates of the programs that are there in two versions: ring and tungstenite do not agree on one.
const TWICE: [&str; 1] = ["getrandom"];

/// The same with the crates of the tests. soketto, rcgen and shuttle are older than what tungstenite and ureq build upon.
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

/// What `cargo tree` prints with these arguments, from what has been downloaded to build this test.
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

/// The names of the crates in two versions, among those of these kinds.
fn twice(kinds: &str) -> BTreeSet<String> {
    // A crate may be listed twice because it is built with two sets of features. So the versions are compared.
    let crates = tree(&["--duplicates", "--depth=0", "--edges", kinds]);
    let names: Vec<&str> = crates
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let pairs = names.windows(2).filter(|pair| pair[0] == pair[1]);
    pairs.map(|pair| pair[0].to_owned()).collect()
}

/// Whether an expression of SPDX allows what we need: parts that hold together, each of which is a choice.
fn is_allowed(expression: &str) -> bool {
    let is_one_allowed = |part: &str| {
        let part = part.trim_matches(['(', ')']);
        part.split(" OR ")
            .any(|license| LICENSES.contains(&license))
    };
    // The old way to write a choice.
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(is_one_allowed)
}

#[test]
fn every_license_is_one_of_six() {
    let crates = tree(&["--edges=normal,build,dev", "--format={p}|{l}"]);
    assert!(crates.len() > 100, "only {} crates", crates.len());
    for line in &crates {
        let (name, license) = line.rsplit_once('|').unwrap();
        assert!(is_allowed(license), "{name}: {license:?}");
    }
}

#[test]
fn no_crate_is_there_twice_but_for_these() {
    let expected = TWICE.map(str::to_owned);
    assert_eq!(twice("normal,build"), BTreeSet::from(expected));
    let expected = TWICE_IN_TESTS.map(str::to_owned);
    assert_eq!(twice("normal,build,dev"), BTreeSet::from(expected));
}
