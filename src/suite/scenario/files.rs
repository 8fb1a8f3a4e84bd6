//! The scenario files as texts: those in the binary, and those of a folder that take their place or join them.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::LoadError;
use crate::words::yaml::{Files, Node};
use crate::words::{file, shipped};

/// The folder, below `scenarios/`, of counterexamples that were kept; they run before everything else.
const REGRESSIONS: &str = "regressions";

/// Scenario files as they were when they were read, by path; empty where only the shipped ones are in use.
pub type Texts = BTreeMap<String, String>;

/// The shipped files.
pub fn shipped_texts() -> Texts {
    ["", REGRESSIONS]
        .into_iter()
        .flat_map(shipped::yaml_files)
        .map(|(path, text)| (format!("scenarios/{path}"), text.to_owned()))
        .collect()
}

/// The shipped files with others added; a file of the same name takes the shipped one's place.
pub fn with_shipped(found: &Texts) -> Texts {
    let mut files = shipped_texts();
    for name in found.keys() {
        if let Some(stem) = Path::new(name).file_name().and_then(|stem| stem.to_str()) {
            files.remove(&format!("scenarios/{stem}"));
            files.remove(&format!("scenarios/{REGRESSIONS}/{stem}"));
        }
    }
    files.extend(found.clone());
    files
}

/// Reads a folder, or one file, as [`with_shipped`] takes it.
///
/// # Errors
/// An unreadable path, or a folder without scenarios.
pub fn texts(path: &Path) -> Result<Texts, LoadError> {
    let found = read_folder(path)?;
    if found.is_empty() {
        return Err(LoadError::Empty { path: path.display().to_string() });
    }
    Ok(found)
}

/// The SHA-256 of the shipped scenario files, in hexadecimal.
pub fn shipped_digest() -> String {
    static DIGEST: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DIGEST.get_or_init(|| crate::suite::contract::digest(&shipped_texts())).clone()
}

/// The tree of a file whose text is the shipped one, verbatim.
pub(super) fn shipped_tree(path: &str, text: &str) -> Option<&'static Node> {
    let name = path.strip_prefix("scenarios/")?;
    (shipped::file(name)? == text).then(|| shipped::tree(name))?
}

/// Whether a file lies in the folder of counterexamples that were kept.
pub(super) fn is_regression(path: &str) -> bool {
    let folder = Path::new(path).parent().and_then(Path::file_name);
    folder.is_some_and(|name| name == REGRESSIONS)
}

fn read_folder(path: &Path) -> Result<Files, LoadError> {
    let unreadable = |cause| LoadError::Unreadable { path: path.display().to_string(), cause };
    let mut files = Files::new();
    if path.is_file() {
        files.insert(path.display().to_string(), file::text(path, file::MOST_WRITTEN).map_err(unreadable)?);
        return Ok(files);
    }
    let mut entries: Vec<_> = std::fs::read_dir(path).map_err(unreadable)?.collect();
    if path.join(REGRESSIONS).is_dir() {
        entries.extend(std::fs::read_dir(path.join(REGRESSIONS)).map_err(unreadable)?);
    }
    for entry in entries {
        let entry = entry.map_err(unreadable)?.path();
        let is_yaml = entry.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && entry.is_file() {
            let cause = |cause| LoadError::Unreadable { path: entry.display().to_string(), cause };
            files.insert(entry.display().to_string(), file::text(&entry, file::MOST_WRITTEN).map_err(cause)?);
        }
    }
    Ok(files)
}
