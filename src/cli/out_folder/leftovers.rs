//! What a run left that was killed: the set that it was about to move becomes the one of the run before, the rest goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::beside::give_back;
use super::inside::become_previous;
use super::names::{
    self, MARKER, RECORD, holds_set, is_staging_beside, is_staging_inside, is_there, keep_previous, names,
    new_folder_inside, parent, set,
};

/// Puts right what was left in a folder and beside it.
///
/// # Errors
/// Something cannot be moved or removed.
pub(super) fn put_right(folder: &Path) -> io::Result<()> {
    let inside = names(folder)?;
    let inside = inside.iter().filter(|name| is_staging_inside(name)).map(|name| folder.join(name));
    let mut left: Vec<PathBuf> = inside.chain(beside_of(folder)).filter(|left| is_folder(left)).collect();
    if is_there(&folder.join(MARKER)) && holds_set(folder) {
        join_halves(folder, &mut left)?;
    }
    for left in left {
        let tidied = tidy(&left, folder);
        // What cannot be moved from beside the folder hides nothing in it.
        if left.starts_with(folder) {
            tidied?;
        }
    }
    Ok(())
}

/// What was left beside a folder.
fn beside_of(folder: &Path) -> Vec<PathBuf> {
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    // A folder around it that cannot be read holds nothing of ours.
    let around = names(parent(folder)).unwrap_or_default();
    around.iter().filter(|other| is_staging_beside(other, name)).map(|name| parent(folder).join(name)).collect()
}

fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_dir())
}

fn tidy(left: &Path, folder: &Path) -> io::Result<()> {
    give_back(left, folder)?;
    if is_there(&left.join(RECORD)) {
        return become_previous(left, folder);
    }
    keep_previous(left, folder)?;
    names::remove_ours(left)
}

/// A set that was being moved lies in two halves, one in the folder and one in a staging folder: it becomes whole there.
fn join_halves(folder: &Path, left: &mut Vec<PathBuf>) -> io::Result<()> {
    let other = match left.iter().find(|left| is_there(&left.join(RECORD))).or(left.first()) {
        Some(other) => other.clone(),
        None => {
            let other = new_folder_inside(folder)?;
            left.push(other.clone());
            other
        }
    };
    for name in set().filter(|name| is_there(&folder.join(name))) {
        // What is there under its name twice was never moved.
        names::remove(&other, name)?;
        fs::rename(folder.join(name), other.join(name))?;
    }
    Ok(())
}
