//! Checks the imports of `base` and the server: a layer imports only from itself and the layers before it. Also checks
//! that no two types have the same name.

#![allow(clippy::unwrap_used)]

#[path = "support/sources.rs"]
mod sources;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers. Each imports only from itself and the layers before it. The client also uses `base`. All other layers
/// belong to the server.
const LAYERS: [&str; 12] = [
    "base",
    "room",
    "http",
    "observe",
    "net",
    "delivery",
    "history_file",
    "hub",
    "config",
    "cluster",
    "connection",
    "lifecycle",
];

/// The names of types that two files declare. That is allowed, because a build compiles only one of the two files.
const CFG_PAIRS: [&str; 2] = ["Clustering", "Tls"];

#[test]
fn layer_imports_only_from_earlier_layers() {
    let files = ["src/base", "src/server"].map(|folder| sources::files(folder, &["rs"]));
    let imports: Vec<Import> = files
        .iter()
        .flatten()
        .flat_map(|file| imports(file))
        .collect();
    assert!(imports.len() > 100, "only {} imports found", imports.len());
    for import in &imports {
        let Import { file, from, to } = import;
        assert!(
            !import.is_upward(),
            "{}: {from} imports {to}",
            file.display()
        );
    }
}

#[test]
fn every_layer_has_its_file() {
    for layer in &LAYERS[1..] {
        let file = format!("src/server/{layer}.rs");
        assert!(Path::new(&file).is_file(), "{file} is missing");
    }
}

#[test]
fn every_type_name_means_one_thing() {
    let mut files_of: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in sources::files("src", &["rs"]) {
        for name in types(&file) {
            files_of.entry(name).or_default().push(file.clone());
        }
    }
    assert!(files_of.len() > 200, "only {} types found", files_of.len());
    files_of.retain(|name, files| {
        let is_pair = CFG_PAIRS.contains(&name.as_str());
        files.len() != if is_pair { 2 } else { 1 }
    });
    assert!(files_of.is_empty(), "{files_of:#?}");
}

/// Returns the names of the types that a file declares. Associated types are not included.
fn types(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let declared = text.lines().filter_map(|line| {
        let code = line.trim_start();
        let code = match code.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1.trim_start(),
            Some(rest) => rest.trim_start(),
            None => code,
        };
        let (keyword, rest) = code.split_once(' ')?;
        let is_associated = keyword == "type" && line.starts_with("    type");
        let is_type = ["struct", "enum", "union", "trait", "type"].contains(&keyword);
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        (is_type && !is_associated && !name.is_empty()).then(|| name.to_owned())
    });
    declared.collect()
}

/// An import in `file`, such as `crate::server::room::join`. `from` is the file's layer. `to` is the layer or other
/// module that the import names.
struct Import {
    file: PathBuf,
    from: String,
    to: String,
}

impl Import {
    /// Returns whether the import leads to a later layer, to a module without a layer, or out of `base` and `server`.
    fn is_upward(&self) -> bool {
        let position = |layer: &str| LAYERS.iter().position(|known| *known == layer);
        position(&self.to).is_none_or(|to| Some(to) > position(&self.from))
    }
}

/// Returns what a file imports from this crate, or nothing if the file has no layer.
fn imports(file: &Path) -> Vec<Import> {
    let Some(from) = layer_of(file) else {
        return Vec::new();
    };
    let modules = sources::imports(file).into_iter();
    modules
        .map(|module| {
            let path = module.strip_prefix("server::").unwrap_or(&module);
            Import {
                file: file.to_owned(),
                from: from.clone(),
                to: path.split("::").next().unwrap_or_default().to_owned(),
            }
        })
        .collect()
}

/// Returns the layer of a file, or `None` for `server.rs`, which belongs to no layer.
fn layer_of(file: &Path) -> Option<String> {
    let name = |at: usize| {
        let part = file.iter().nth(at)?.to_str()?;
        Some(part.trim_end_matches(".rs").to_owned())
    };
    match name(1)?.as_str() {
        "server" => name(2),
        layer => Some(layer.to_owned()),
    }
}
