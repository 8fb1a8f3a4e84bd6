//! Folders beside the folder, that may change places with it.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::names::{has_only_ours, is_ours, is_there, name_beside, names, parent};
use crate::words::file;

/// An empty folder beside a folder, with its permissions; none where the two may not change places.
pub(super) fn new_folder(folder: &Path) -> Option<PathBuf> {
    if !may_change_places(folder) {
        return None;
    }
    let path = name_beside(folder)?;
    create_private(&path).ok()?;
    if dress(&path, folder).is_err() {
        let _ = fs::remove_dir(&path);
        return None;
    }
    Some(path)
}

/// Whether a folder may be another one from now on: it holds nothing but what a run leaves, is not where the program
/// works, is no mount point, belongs to the user who runs the program, and has no list of rights of its own.
pub(super) fn may_change_places(folder: &Path) -> bool {
    let works_here = std::env::current_dir().is_ok_and(|current| current.starts_with(folder));
    !works_here && has_only_ours(folder).unwrap_or(false) && is_plain(folder).unwrap_or(false)
}

/// Whether a folder is still the one that was opened.
pub(super) fn is_still(folder: &Path, opened: &File) -> bool {
    let (Ok(now), Ok(then)) = (folder.metadata(), opened.metadata()) else { return false };
    identity(&now) == identity(&then)
}

/// Moves what is not ours from the folder that was shown into the one that is: somebody put it there while they changed
/// places.
pub(super) fn give_back(from: &Path, to: &Path) -> io::Result<()> {
    for name in names(from)?.iter().filter(|name| !is_ours(name)) {
        if !is_there(&to.join(name)) {
            fs::rename(from.join(name), to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// Gives a folder the group and the permissions of another.
fn dress(path: &Path, like: &Path) -> io::Result<()> {
    let model = like.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        if path.metadata()?.gid() != model.gid() {
            chown(path, None, Some(model.gid()))?;
        }
    }
    fs::set_permissions(path, model.permissions())
}

#[cfg(unix)]
fn is_plain(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (found, around) = (folder.metadata()?, parent(folder).metadata()?);
    let is_mounted = found.dev() != around.dev() || found.ino() == around.ino();
    Ok(!is_mounted && file::is_of_this_user(&found) && !file::has_access_list(folder))
}

#[cfg(not(unix))]
fn is_plain(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn identity(found: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
