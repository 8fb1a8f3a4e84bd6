//! The folder of `run --out` as one transaction: the set of an earlier run goes aside at the start, and the new one takes
//! its place at the end.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::output::{fail, folder};
use crate::report::Format;
use crate::words::file;

/// Where the set of the run before is.
const PREVIOUS: &str = ".previous";

/// How the names of folders begin that are there only while a run writes.
const STAGING: &str = ".patchproof-";

/// The record: the first to go and the last to come, so that what is beside it belongs to it.
const RECORD: &str = "run.json";

/// The signature of the record.
const SIGNATURE: &str = "run.json.dsse";

/// The folder of counterexamples.
const COUNTEREXAMPLES: &str = "counterexamples";

/// A folder that a run writes into. Until [`OutFolder::commit`] it shows nothing of the run; dropped, nothing stays of it.
pub(super) struct OutFolder {
    folder: PathBuf,
    staging: PathBuf,
    /// Held as long as the run lasts: two runs do not mix in one folder.
    _lock: Option<File>,
}

impl OutFolder {
    /// Makes the folder, moves the set of an earlier run aside, and removes what a run left that was killed.
    ///
    /// # Errors
    /// Another run writes into the folder, or it cannot be written to.
    pub(super) fn begin(path: &Path) -> Result<OutFolder, Exit> {
        folder(path)?;
        let failed = |cause: io::Error| fail(Exit::Usage, &format!("cannot write into `{}`: {cause}", path.display()));
        let lock = lock(path)?;
        for name in names(path).map_err(failed)?.iter().filter(|name| name.starts_with(STAGING)) {
            fs::remove_dir_all(path.join(name)).map_err(failed)?;
        }
        move_aside(path).map_err(failed)?;
        let staging = new_folder(path).map_err(failed)?;
        Ok(OutFolder { folder: path.to_owned(), staging, _lock: lock })
    }

    /// Adds a file to the set; `name` may have a folder in it.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn add(&self, name: &str, bytes: &[u8]) -> Result<(), Exit> {
        let path = self.staging.join(name);
        let parent = path.parent().unwrap_or(&self.staging);
        let written = fs::create_dir_all(parent).and_then(|()| file::create(&path, bytes));
        written.map_err(|cause| {
            fail(Exit::Harness, &format!("cannot write `{}`: {cause}", self.folder.join(name).display()))
        })
    }

    /// Lets the set take its place.
    ///
    /// # Errors
    /// A part of it cannot; then nothing of it is left.
    pub(super) fn commit(self) -> Result<(), Exit> {
        let mut placed = Vec::new();
        let moved = place(&self.staging, &self.folder, &mut placed);
        moved.map_err(|(name, cause)| {
            for name in placed {
                let path = self.folder.join(name);
                let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            }
            fail(Exit::Harness, &format!("cannot write `{}`: {cause}", self.folder.join(name).display()))
        })?;
        file::flush_folder(&self.folder);
        Ok(())
    }
}

impl Drop for OutFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.staging);
    }
}

/// Moves what is in one folder to another, the record last.
fn place(from: &Path, to: &Path, placed: &mut Vec<String>) -> Result<(), (String, io::Error)> {
    let here = |cause| (String::new(), cause);
    let (records, mut all): (Vec<String>, Vec<String>) =
        names(from).map_err(here)?.into_iter().partition(|name| name == RECORD);
    file::flush_folder(from);
    all.extend(records);
    for name in all {
        fs::rename(from.join(&name), to.join(&name)).map_err(|cause| (name.clone(), cause))?;
        placed.push(name);
    }
    Ok(())
}

/// Whether a path leads to a part of the set that a run leaves in a folder.
pub(super) fn is_in_set(folder: &Path, path: &Path) -> bool {
    let (Ok(folder), Ok(path)) = (folder.canonicalize(), path.canonicalize()) else { return false };
    set().any(|name| folder.join(name).canonicalize().is_ok_and(|part| path.starts_with(part)))
}

/// What a run leaves in a folder, and the signature that may lie beside it.
fn set() -> impl Iterator<Item = &'static str> {
    [RECORD, COUNTEREXAMPLES, SIGNATURE].into_iter().chain(Format::USUAL.map(Format::file))
}

/// Moves the set of an earlier run into the folder for it, in the place of the one before that. What else lies in the
/// folder stays.
fn move_aside(folder: &Path) -> io::Result<()> {
    let there: Vec<&str> = set().filter(|name| folder.join(name).symlink_metadata().is_ok()).collect();
    if there.is_empty() {
        return Ok(());
    }
    let aside = new_folder(folder)?;
    for name in there {
        fs::rename(folder.join(name), aside.join(name))?;
    }
    let previous = folder.join(PREVIOUS);
    // It goes in one step too: what is there under its name is whole.
    let before = new_folder(folder)?;
    match fs::rename(&previous, before.join(PREVIOUS)) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        Ok(()) | Err(_) => {}
    }
    fs::rename(aside, previous)?;
    file::flush_folder(folder);
    fs::remove_dir_all(before)
}

/// A folder in a folder, with a name that nobody can foresee.
fn new_folder(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join(format!("{STAGING}{}", uuid::Uuid::new_v4().simple()));
    fs::create_dir(&path)?;
    Ok(path)
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        // What has no name in UTF-8 is none of ours.
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// The lock of a folder; none where the system has no locks on folders.
fn lock(folder: &Path) -> Result<Option<File>, Exit> {
    let Ok(file) = File::open(folder) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            let message =
                format!("another run is writing into `{}`: expected a folder for this run alone", folder.display());
            Err(fail(Exit::Usage, &message))
        }
        Err(TryLockError::Error(_)) => Ok(None),
    }
}
