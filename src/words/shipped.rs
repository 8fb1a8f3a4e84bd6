//! The files of `scenarios/`, embedded in the binary.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use crate::words::yaml::{Node, unpack, unpack_text};

/// Which fault is caught by which requirement, as `patchproof selftest` found it for this build.
pub const KILL_MATRIX: &str = include_str!("../../snapshots/selftest/matrix.json");

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// What `build.rs` made of the YAML files.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/shipped.bin"));

/// The tree of a shipped YAML file, by its path below `scenarios/`; `None` where there is no such file or it has a mistake.
pub fn tree(path: &str) -> Option<&'static Node> {
    static TREES: OnceLock<BTreeMap<String, Node>> = OnceLock::new();
    let trees = TREES.get_or_init(|| {
        let mut trees = BTreeMap::new();
        let mut rest = PACKED;
        while let (Some(name), Some(tree)) = (unpack_text(&mut rest), unpack(&mut rest)) {
            trees.insert(name, tree);
        }
        trees
    });
    trees.get(path)
}

/// The text of one shipped file, by its path below `scenarios/`; `None` where there is no such file.
pub fn file(path: &str) -> Option<&'static str> {
    SCENARIOS.get_file(path).and_then(|file| file.contents_utf8())
}

/// All YAML files directly in a shipped folder (`""` is `scenarios/` itself), as (path, text), sorted by path.
pub fn yaml_files(folder: &str) -> Vec<(&'static str, &'static str)> {
    let dir = if folder.is_empty() { Some(&SCENARIOS) } else { SCENARIOS.get_dir(folder) };
    let mut files: Vec<_> = dir
        .into_iter()
        .flat_map(Dir::files)
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)))
        .collect();
    files.sort_unstable();
    files
}
