//! The folder of `run --out` as one transaction: the set of an earlier run goes aside at the start, and the new one takes
//! its place at the end.
//!
//! At every moment the folder shows a whole set or none. A set that goes and one that comes change places with another
//! folder beside it, in one step of the file system. Where that cannot be (see `beside.rs`), files move one by one, and
//! while they do, [`MARKER`] says that there is no result.

mod beside;
mod inside;
mod leftovers;
mod names;
#[cfg(all(test, unix))]
mod tests;

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use names::{MARKER, PREVIOUS, RECORD, UNFINISHED_RECORD, holds_set, new_folder_inside, write_marker};

use super::exit::Exit;
use super::output::{fail, folder};
use crate::words::file;

/// A folder that a run writes into. It shows nothing of the run until [`Staged::commit`].
#[derive(Default)]
pub(super) struct OutFolder {
    folder: PathBuf,
    /// Whether another folder may take its place.
    may_swap: bool,
    /// Held as long as the run lasts: two runs do not mix in one folder.
    locks: Vec<File>,
}

/// The set of a run that is being written. Dropped, nothing stays of it.
pub(super) struct Staged {
    place: OutFolder,
    staging: PathBuf,
    /// Whether the staging folder is beside the folder, and may change places with it.
    is_beside: bool,
}

impl OutFolder {
    /// Makes the folder, puts right what a run left that was killed, moves the set of an earlier run aside, and says in the
    /// folder that it holds no result.
    ///
    /// # Errors
    /// Another run writes into the folder, or it cannot be written to.
    pub(super) fn begin(path: &Path) -> Result<OutFolder, Exit> {
        folder(path)?;
        let failed = |cause: io::Error| fail(Exit::Usage, &format!("cannot write into `{}`: {cause}", path.display()));
        let mut place = OutFolder { folder: path.canonicalize().map_err(failed)?, may_swap: false, locks: Vec::new() };
        place.lock(path)?;
        leftovers::put_right(&place.folder).map_err(failed)?;
        place.set_aside().map_err(failed)?;
        Ok(place)
    }

    /// A place for the new set, out of sight.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn stage(self) -> Result<Staged, Exit> {
        let shown = self.folder.display().to_string();
        let failed = |cause: io::Error| fail(Exit::Harness, &format!("cannot write into `{shown}`: {cause}"));
        match if self.may_swap { beside::new_folder(&self.folder) } else { None } {
            Some(staging) => Ok(Staged { place: self, staging, is_beside: true }),
            None => {
                let staging = new_folder_inside(&self.folder).map_err(failed)?;
                Ok(Staged { place: self, staging, is_beside: false })
            }
        }
    }

    fn set_aside(&mut self) -> io::Result<()> {
        let Some(empty) = beside::new_folder(&self.folder) else { return inside::set_aside(&self.folder) };
        if write_marker(&empty).and_then(|()| self.swap(&empty)).is_err() {
            names::remove_ours(&empty)?;
            return inside::set_aside(&self.folder);
        }
        self.may_swap = true;
        // What was the folder is under the other name now.
        let before = empty;
        beside::give_back(&before, &self.folder)?;
        if holds_set(&before) {
            names::remove(&before, PREVIOUS)?;
            names::remove(&before, MARKER)?;
            fs::rename(&before, self.folder.join(PREVIOUS))?;
        } else {
            names::keep_previous(&before, &self.folder)?;
            names::remove_ours(&before)?;
        }
        file::flush_folder(&self.folder);
        Ok(())
    }

    /// Lets another folder take the place of this one in one step, and keeps it locked.
    fn swap(&mut self, other: &Path) -> io::Result<()> {
        file::flush_folder(other);
        let lock = File::open(other).ok().filter(|file| file.try_lock().is_ok());
        file::exchange(other, &self.folder)?;
        self.locks.extend(lock);
        file::flush_folder(names::parent(&self.folder));
        Ok(())
    }

    /// Locks the folder, where the system has locks on folders.
    fn lock(&mut self, shown: &Path) -> Result<(), Exit> {
        let taken = || {
            let message =
                format!("another run is writing into `{}`: expected a folder for this run alone", shown.display());
            Err(fail(Exit::Usage, &message))
        };
        let Ok(file) = File::open(&self.folder) else { return Ok(()) };
        match file.try_lock() {
            // Another run let another folder take its place between the two.
            Ok(()) if !beside::is_still(&self.folder, &file) => taken(),
            Ok(()) => {
                self.locks.push(file);
                Ok(())
            }
            Err(TryLockError::WouldBlock) => taken(),
            Err(TryLockError::Error(_)) => Ok(()),
        }
    }
}

impl Staged {
    /// Adds a file to the set; `name` may have a folder in it.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn add(&self, name: &str, bytes: &[u8]) -> Result<(), Exit> {
        let path = self.staging.join(name);
        let parent = path.parent().unwrap_or(&self.staging);
        let written = fs::create_dir_all(parent).and_then(|()| file::create(&path, bytes));
        if parent != self.staging {
            file::flush_folder(parent);
        }
        written.map_err(|cause| self.failed(name, &cause))
    }

    /// Adds the record, the last of the set. It gets its name when it is whole: so is then the set in the staging folder.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn add_record(&self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), Exit> {
        let unfinished = self.staging.join(UNFINISHED_RECORD);
        file::create_with(&unfinished, write)
            .and_then(|()| fs::rename(&unfinished, self.staging.join(RECORD)))
            .map_err(|cause| self.failed(RECORD, &cause))
    }

    /// Lets the set take its place; gives the folder, into which a later set of the same run may go.
    ///
    /// # Errors
    /// It cannot; then nothing of it is shown.
    pub(super) fn commit(mut self) -> Result<OutFolder, Exit> {
        let staging = self.staging.clone();
        if self.is_beside && beside::may_change_places(&self.place.folder) && self.place.swap(&staging).is_ok() {
            let shown = &self.place.folder;
            let tidied = names::keep_previous(&staging, shown)
                .and_then(|()| beside::give_back(&staging, shown))
                .and_then(|()| names::remove_ours(&staging));
            tidied.map_err(|cause| self.failed(PREVIOUS, &cause))?;
        } else {
            inside::place(&staging, &self.place.folder).map_err(|(name, cause)| self.failed(&name, &cause))?;
        }
        Ok(std::mem::take(&mut self.place))
    }

    fn failed(&self, name: &str, cause: &io::Error) -> Exit {
        fail(Exit::Harness, &format!("cannot write `{}`: {cause}", self.place.folder.join(name).display()))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = names::remove_ours(&self.staging);
    }
}

/// Whether a path leads to a part of the set that a run leaves in a folder.
pub(super) fn is_in_set(folder: &Path, path: &Path) -> bool {
    let (Ok(folder), Ok(path)) = (folder.canonicalize(), path.canonicalize()) else { return false };
    names::set().any(|name| folder.join(name).canonicalize().is_ok_and(|part| path.starts_with(part)))
}
