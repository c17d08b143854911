//! Checks that the solutions in `src/guide/solutions` still apply to the code. `make solutions` also applies them, and
//! tests the result.
//!
//! `make ci` runs these tests. `make test` does not, because students change the code that the solutions must fit.

use std::fs;
use std::path::Path;

use crate::patch::Files;

const PAGE: &str = include_str!("../../src/guide.rs");

/// Returns the names and the texts of the patches, sorted by name.
fn patches() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide/solutions");
    let files = fs::read_dir(folder).unwrap().flatten();
    let mut patches: Vec<_> = files
        .map(|file| {
            let name = file.file_name().into_string().unwrap();
            (name, fs::read_to_string(file.path()).unwrap())
        })
        .collect();
    patches.sort();
    patches
}

#[test]
#[ignore = "needs a checkout without solved exercises; `make ci` runs it"]
fn solutions_apply_one_by_one_and_all_together() {
    let mut all = Files::default();
    for (name, patch) in patches() {
        for files in [&mut Files::default(), &mut all] {
            if let Err(why) = files.apply(&patch) {
                panic!("src/guide/solutions/{name} does not apply: {why}");
            }
        }
    }
}

#[test]
#[ignore = "needs a checkout without solved exercises; `make ci` runs it"]
fn each_solution_is_included_in_the_guide() {
    let patches = patches();
    assert_eq!(patches.len(), 9);
    for (name, _) in patches {
        assert!(PAGE.contains(&format!("guide/solutions/{name}")), "{name}");
    }
}
