//! Tests of the README and the guide: their links are valid, and every page and picture is included. The README is
//! short, and its code fits a terminal.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

const README: &str = include_str!("../README.md");
const GUIDE: &str = include_str!("../src/guide.rs");

/// The maximum length of the README, in lines.
const MAX_LINES: usize = 200;
const MAX_WIDTH: usize = 80;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the targets of all links in `text`, except those that lead out of the project.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// Returns the files with this extension in the guide's folder and its subfolders.
fn guide_files(ending: &str) -> Vec<PathBuf> {
    let mut folders = vec![root().join("src/guide")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|its| its == ending) {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn links_of_the_readme_lead_to_existing_files() {
    let links = links(README);
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        assert!(root().join(link).exists(), "{link}");
    }
}

/// rustdoc checks the links to items. A link to a file would work either in the repository or in the docs, not in both.
#[test]
fn links_of_the_guide_lead_to_items() {
    for page in guide_files("md") {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let is_item = link.starts_with("crate::")
                || link.starts_with("mod@crate::")
                || link.starts_with("std::");
            assert!(is_item || link == "super", "{}: {link}", page.display());
        }
    }
}

#[test]
fn every_page_and_picture_of_the_guide_is_included() {
    for ending in ["md", "svg", "png", "patch"] {
        for file in guide_files(ending) {
            let path = file.strip_prefix(root()).unwrap().to_str().unwrap();
            let guide_path = path.strip_prefix("src/").unwrap();
            // These pages are included in the docs of the code that they describe.
            let is_included_by_code = ["text.md", "tls.md"]
                .iter()
                .any(|name| path.ends_with(name));
            assert!(
                GUIDE.contains(guide_path) || README.contains(path) || is_included_by_code,
                "{path}"
            );
        }
    }
}

#[test]
fn readme_is_short_and_its_code_fits_a_terminal() {
    let length = README.lines().count();
    assert!(length <= MAX_LINES, "{length} lines");
    let mut in_block = false;
    for line in README.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        }
        let width = line.chars().count();
        assert!(!in_block || width <= MAX_WIDTH, "{width} columns: {line}");
    }
    for placeholder in ["example.com", "OWNER", "TODO", "<url>"] {
        assert!(!README.contains(placeholder), "{placeholder}");
    }
}
