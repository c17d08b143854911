//! Checks the imports of each file: a layer of the crate uses only earlier layers.

#![allow(clippy::unwrap_used)]

#[path = "support/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};

/// The layers. Each imports only from itself and the layers before it. The client uses `base`, too. All others belong to
/// the server.
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

/// A path such as `crate::server::room::join` in a file of a layer.
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

/// Returns the imports of a file from this crate.
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

/// Returns the layer of a file, or `None` for `server.rs`, which only lists the layers.
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
