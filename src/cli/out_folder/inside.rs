//! Where the folder must stay what it is, files move one by one; the marker says meanwhile that there is no result.

use std::fs;
use std::io;
use std::path::Path;

use super::names::{self, MARKER, PREVIOUS, RECORD, holds_set, is_there, names, new_folder_inside, set, write_marker};
use crate::words::file;

/// Moves the set of an earlier run into the folder for it, in the place of the one before that. What else lies in the
/// folder stays.
pub(super) fn set_aside(folder: &Path) -> io::Result<()> {
    write_marker(folder)?;
    if !holds_set(folder) {
        return Ok(());
    }
    let aside = new_folder_inside(folder)?;
    for name in set().filter(|name| is_there(&folder.join(name))) {
        fs::rename(folder.join(name), aside.join(name))?;
    }
    file::flush_folder(&aside);
    become_previous(&aside, folder)
}

/// Lets a folder be the set of the run before, in the place of the one that is.
pub(super) fn become_previous(aside: &Path, folder: &Path) -> io::Result<()> {
    names::remove(aside, PREVIOUS)?;
    names::remove(aside, MARKER)?;
    let previous = folder.join(PREVIOUS);
    // What is there under its name is whole: it goes in one step.
    let before = new_folder_inside(folder)?;
    match fs::rename(&previous, before.join(PREVIOUS)) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        Ok(()) | Err(_) => {}
    }
    fs::rename(aside, previous)?;
    file::flush_folder(folder);
    names::remove_ours(&before)
}

/// Moves the new set to its place, the record last, and takes the marker away.
///
/// # Errors
/// A part of it cannot be moved, with its name; then nothing of it is left, and the marker stays.
pub(super) fn place(from: &Path, to: &Path) -> Result<(), (String, io::Error)> {
    let mut placed = Vec::new();
    let moved = move_all(from, to, &mut placed);
    if moved.is_err() {
        for name in placed {
            let _ = names::remove(to, &name);
        }
        return moved;
    }
    file::flush_folder(to);
    names::remove(to, MARKER).map_err(|cause| (MARKER.to_owned(), cause))?;
    file::flush_folder(to);
    Ok(())
}

fn move_all(from: &Path, to: &Path, placed: &mut Vec<String>) -> Result<(), (String, io::Error)> {
    let (records, mut all): (Vec<String>, Vec<String>) =
        names(from).map_err(|cause| (String::new(), cause))?.into_iter().partition(|name| name == RECORD);
    all.extend(records);
    file::flush_folder(from);
    for name in all {
        fs::rename(from.join(&name), to.join(&name)).map_err(|cause| (name.clone(), cause))?;
        placed.push(name);
    }
    Ok(())
}
