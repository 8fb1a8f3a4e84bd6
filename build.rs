//! Packs the shipped YAML files, so that a start of the program need not parse them, and watches the folder for new ones.

use std::path::{Path, PathBuf};

/// The tree and its bytes are the program's own; not all of either is needed here.
#[path = "src/words/yaml/node.rs"]
#[allow(dead_code)]
mod node;
#[path = "src/words/yaml/packed.rs"]
#[allow(dead_code)]
mod packed;

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=scenarios");
    println!("cargo:rerun-if-changed=src/words/yaml");
    let mut files = Vec::new();
    collect(Path::new("scenarios"), &mut files)?;
    files.sort();
    let mut bytes = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path)?;
        // A file with a mistake is left out here: the program reads it and says where the mistake is.
        let (Ok(node), Ok(name)) = (node::from_yaml(&text), path.strip_prefix("scenarios")) else { continue };
        packed::pack_text(&name.to_string_lossy().replace('\\', "/"), &mut bytes);
        packed::pack(&node, &mut bytes);
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("shipped.bin"), bytes)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
