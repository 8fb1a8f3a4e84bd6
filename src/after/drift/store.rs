//! The folder of snapshots: read whole before anything is compared, written whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::compare::merged;
use super::file::{files, in_insta_form, safe_name, sections};
use crate::record::{CaseId, DriftRecord, Edition, RunRecord};
use crate::words::file;

/// Files larger than this are no snapshots of ours: the largest of the reference server has 60 KiB.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// What was accepted for one target and edition.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    folder: PathBuf,
    target: String,
    edition: Edition,
    /// The text of each case.
    pub cases: BTreeMap<CaseId, String>,
}

/// Why snapshots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot read the snapshot `{path}`: {cause}")]
    Unreadable { path: String, cause: io::Error },
    #[error(
        "`{path}` is not a snapshot: {found}; expected a file that `--snapshots accept` writes (repair or remove it)"
    )]
    Foreign { path: String, found: String },
    #[error("cannot write the snapshot `{path}`: {cause}; no snapshot was changed")]
    Unwritable { path: String, cause: io::Error },
    #[error("cannot put the snapshot `{path}` in its place: {cause}; accept once more")]
    Halfway { path: String, cause: io::Error },
}

/// Reads what was accepted: `<folder>/<target>/<edition>/*.snap`. A folder that is not there holds nothing.
///
/// # Errors
/// A file that cannot be read, or is not one of ours.
pub fn load(folder: &Path, target: &str, edition: Edition) -> Result<Accepted, StoreError> {
    let folder = folder.join(safe_name(target)).join(edition.id());
    let mut cases = BTreeMap::new();
    for (stem, path) in snapshots_in(&folder)? {
        let content = content(&path)?;
        cases.extend(
            sections(&stem, &content)
                .map_err(|found| StoreError::Foreign { path: path.display().to_string(), found })?,
        );
    }
    Ok(Accepted { folder, target: target.to_owned(), edition, cases })
}

/// Takes over the responses of a run: writes the files that change, removes those of cases that vanished, and with both the
/// pending files beside them. All new files are written before the first takes its place.
///
/// # Errors
/// A file that cannot be written; unless the message says otherwise, none was changed.
pub fn accept(accepted: &Accepted, record: &RunRecord, drift: &DriftRecord) -> Result<(), StoreError> {
    let was = files(&accepted.cases);
    let now = files(&merged(record, drift, &accepted.cases));
    let mut partials = Vec::new();
    for (stem, content) in now.iter().filter(|(stem, content)| was.get(*stem) != Some(*content)) {
        let partial = file::name_beside(&accepted.path(stem, "snap"));
        if let Err(cause) = accepted.write(&partial, stem, content) {
            partials.iter().for_each(|(partial, _)| drop(fs::remove_file(partial)));
            return Err(StoreError::Unwritable { path: partial.display().to_string(), cause });
        }
        partials.push((partial, accepted.path(stem, "snap")));
    }
    let halfway = |path: &Path, cause| StoreError::Halfway { path: path.display().to_string(), cause };
    for (partial, path) in partials {
        fs::rename(&partial, &path).map_err(|cause| halfway(&path, cause))?;
    }
    for stem in was.keys().filter(|stem| !now.contains_key(*stem)) {
        let path = accepted.path(stem, "snap");
        fs::remove_file(&path).map_err(|cause| halfway(&path, cause))?;
    }
    was.keys().chain(now.keys()).try_for_each(|stem| accepted.settle(stem))
}

/// Writes what would be accepted as `.snap.new` beside the snapshots that differ, as `cargo insta review` expects it, and
/// removes such files where nothing differs any more. Gives how many there are.
///
/// # Errors
/// A file that cannot be written.
pub fn write_pending(accepted: &Accepted, record: &RunRecord, drift: &DriftRecord) -> Result<usize, StoreError> {
    let was = files(&accepted.cases);
    let now = files(&merged(record, drift, &accepted.cases));
    let mut pending = 0;
    for stem in was.keys().chain(now.keys()).collect::<BTreeSet<_>>() {
        match now.get(stem).filter(|content| was.get(stem) != Some(*content)) {
            Some(content) => {
                pending += 1;
                let path = accepted.path(stem, "snap.new");
                let written = accepted.replace(&path, stem, content);
                written.map_err(|cause| StoreError::Unwritable { path: path.display().to_string(), cause })?;
            }
            None => accepted.settle(stem)?,
        }
    }
    Ok(pending)
}

impl Accepted {
    /// The folder of this target and edition.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, stem: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{stem}.{extension}"))
    }

    fn write(&self, path: &Path, stem: &str, content: &str) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        file::create(path, in_insta_form(&self.target, self.edition.id(), stem, content).as_bytes())
    }

    fn replace(&self, path: &Path, stem: &str, content: &str) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        file::replace(path, in_insta_form(&self.target, self.edition.id(), stem, content).as_bytes())
    }

    /// Removes a pending file that has nothing to say any more.
    fn settle(&self, stem: &str) -> Result<(), StoreError> {
        let path = self.path(stem, "snap.new");
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::Halfway { path: path.display().to_string(), cause })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The snapshots in a folder, by their names without `.snap`.
fn snapshots_in(folder: &Path) -> Result<BTreeMap<String, PathBuf>, StoreError> {
    let unreadable = |cause| StoreError::Unreadable { path: folder.display().to_string(), cause };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(cause) => return Err(unreadable(cause)),
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let stem = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".snap"));
        if let Some(stem) = stem {
            found.insert(stem.to_owned(), path);
        }
    }
    Ok(found)
}

/// The content of a snapshot as insta reads it.
fn content(path: &Path) -> Result<String, StoreError> {
    let name = || path.display().to_string();
    let foreign = |found: &str| StoreError::Foreign { path: name(), found: found.to_owned() };
    let unreadable = |cause| StoreError::Unreadable { path: name(), cause };
    if fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
        return Err(foreign("it has more than 16 MiB"));
    }
    let text = String::from_utf8(fs::read(path).map_err(unreadable)?).map_err(|_| foreign("it is not UTF-8"))?;
    // Without this line insta takes it for a form it used long ago, and says so on standard error.
    if text.lines().next().map(str::trim_end) != Some("---") {
        return Err(foreign("its first line is not `---`"));
    }
    let snapshot = insta::Snapshot::from_file(path).map_err(|cause| foreign(&cause.to_string()))?;
    match snapshot.as_text() {
        Some(text) => Ok(text.to_string()),
        None => Err(foreign("it is a binary snapshot")),
    }
}
