//! What a run leaves in a folder, under which names, and how it is removed: nothing else ever is.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::report::Format;
use crate::words::file;

/// Where the set of the run before is.
pub(super) const PREVIOUS: &str = ".previous";

/// What stands in a folder in which a run began and has left no result.
pub(super) const MARKER: &str = "NO-RESULT.txt";

/// The record: a staging folder that has it is whole.
pub(super) const RECORD: &str = "run.json";

/// The record while it is being written.
pub(super) const UNFINISHED_RECORD: &str = "run.json.part";

/// The signature of the record.
pub(super) const SIGNATURE: &str = "run.json.dsse";

/// The folder of counterexamples.
const COUNTEREXAMPLES: &str = "counterexamples";

/// How the names of folders begin that are there only while a run writes.
const STAGING: &str = ".patchproof-";

/// What a run leaves in a folder, and the signature that may lie beside it; the record last.
pub(super) fn set() -> impl Iterator<Item = &'static str> {
    let reports = Format::USUAL.map(Format::file).into_iter();
    [COUNTEREXAMPLES, SIGNATURE].into_iter().chain(reports.filter(|name| *name != RECORD)).chain([RECORD])
}

/// Whether a part of a set lies in a folder.
pub(super) fn holds_set(folder: &Path) -> bool {
    set().any(|name| is_there(&folder.join(name)))
}

/// Whether something lies under a name, a link that leads nowhere too.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether a name is that of a staging folder inside the folder.
pub(super) fn is_staging_inside(name: &str) -> bool {
    name.strip_prefix(STAGING).is_some_and(is_random)
}

/// Whether a name is that of a staging folder beside a folder of the name `of`.
pub(super) fn is_staging_beside(name: &str, of: &str) -> bool {
    let rest = name.strip_prefix(STAGING).and_then(|rest| rest.strip_prefix(of));
    rest.and_then(|rest| rest.strip_prefix('-')).is_some_and(is_random)
}

/// A name beside a folder that nobody can foresee; none for a folder without a name in UTF-8.
pub(super) fn name_beside(folder: &Path) -> Option<PathBuf> {
    let name = folder.file_name()?.to_str()?;
    Some(parent(folder).join(format!("{STAGING}{name}-{}", uuid::Uuid::new_v4().simple())))
}

/// A folder in a folder, with a name that nobody can foresee.
pub(super) fn new_folder_inside(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join(format!("{STAGING}{}", uuid::Uuid::new_v4().simple()));
    fs::create_dir(&path)?;
    Ok(path)
}

fn is_random(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The folder in which a folder lies.
pub(super) fn parent(folder: &Path) -> &Path {
    folder.parent().unwrap_or(folder)
}

/// The names in a folder, in order.
pub(super) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        // What has no name in UTF-8 is none of ours.
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Whether everything in a folder is of this program.
pub(super) fn has_only_ours(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !name.to_str().is_some_and(is_ours) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a name in the folder of a run is given by this program.
pub(super) fn is_ours(name: &str) -> bool {
    [PREVIOUS, MARKER, UNFINISHED_RECORD].contains(&name) || is_staging_inside(name) || set().any(|part| part == name)
}

/// Removes what lies under a name in a folder, if anything does. Of a link, the link goes.
pub(super) fn remove(folder: &Path, name: &str) -> io::Result<()> {
    let path = folder.join(name);
    let removed = match path.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
        Ok(_) => fs::remove_file(&path),
        Err(cause) => Err(cause),
    };
    match removed {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes a staging folder with what is ours in it; it stays where it holds anything else.
pub(super) fn remove_ours(folder: &Path) -> io::Result<()> {
    if !is_there(folder) {
        return Ok(());
    }
    for name in names(folder)?.iter().filter(|name| is_ours(name)) {
        remove(folder, name)?;
    }
    match fs::remove_dir(folder) {
        Err(cause) if cause.kind() != ErrorKind::DirectoryNotEmpty => Err(cause),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Takes the set of the run before from one folder into another that has none.
pub(super) fn keep_previous(from: &Path, to: &Path) -> io::Result<()> {
    if is_there(&from.join(PREVIOUS)) && !is_there(&to.join(PREVIOUS)) {
        fs::rename(from.join(PREVIOUS), to.join(PREVIOUS))?;
    }
    Ok(())
}

/// Says in a folder that it holds no result.
pub(super) fn write_marker(folder: &Path) -> io::Result<()> {
    let text = format!(
        "A run of patchproof began at {:.0} and has left no result here: it is under way, ended early, or was killed.\n\
         The result of the run before, if there is one, is in the folder {PREVIOUS}.\n",
        jiff::Timestamp::now()
    );
    remove(folder, MARKER)?;
    file::create(&folder.join(MARKER), text.as_bytes())
}
