//! Writes files whole or not at all, and follows no link that somebody else planted.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{BufWriter, Error, ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use super::folder::flush_folder;
#[cfg(unix)]
use super::folder::is_of_this_user;

/// Writes a file that is not there yet, and flushes it to the disk. No link is followed.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    create_with(path, |file| file.write_all(bytes))
}

/// As [`create`], for what is written piece by piece.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn create_with(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let mut file = BufWriter::new(File::options().write(true).create_new(true).open(path)?);
    write(&mut file)?;
    file.flush().and_then(|()| file.get_ref().sync_all())
}

/// A name beside a file that nobody else has: for what is written before it takes the place of the file.
pub fn name_beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}", uuid::Uuid::new_v4().simple()))
}

/// Writes a file whole or not at all. A device or a pipe is written through and stays what it is, and so is what a link
/// leads to; only a regular file is replaced, and keeps its permissions.
///
/// # Errors
/// It cannot be written, and a regular file is then as it was; or it is a folder, or a link that another user made.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => put(path, bytes, Some(&found)),
        Ok(found) if found.is_dir() => Err(Error::new(ErrorKind::IsADirectory, "it is a folder")),
        Ok(found) if found.is_symlink() && !is_trusted(&found) => {
            Err(Error::new(ErrorKind::PermissionDenied, "it is a link that another user made"))
        }
        Ok(found) => {
            let mut through = open_through(path, found.is_symlink())?;
            through.write_all(bytes).and_then(|()| through.flush())
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => put(path, bytes, None),
        Err(cause) => Err(cause),
    }
}

/// Writes a file of a folder that is ours whole or not at all; what lies under its name makes room, a link too.
///
/// # Errors
/// It cannot be written; what was there is then as it was.
pub fn place(path: &Path, bytes: &[u8]) -> Result<()> {
    let found = std::fs::symlink_metadata(path).ok().filter(Metadata::is_file);
    put(path, bytes, found.as_ref())
}

/// Lets a new file take the place of what lies under its name, with the permissions of the regular file before it.
fn put(path: &Path, bytes: &[u8], before: Option<&Metadata>) -> Result<()> {
    let partial = name_beside(path);
    let written = create(&partial, bytes)
        .and_then(|()| before.map_or(Ok(()), |found| std::fs::set_permissions(&partial, found.permissions())))
        .and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
        return written;
    }
    flush_folder(path.parent().unwrap_or(Path::new(".")));
    Ok(())
}

/// Opens what is no regular file for writing. What was no link when it was looked at is not followed if it is one now.
fn open_through(path: &Path, is_link: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    #[cfg(unix)]
    if !is_link {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = is_link;
    options.open(path)
}

/// Whether a link is one that this user or the system made. Shared folders may hold others.
fn is_trusted(link: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        link.uid() == 0 || is_of_this_user(link)
    }
    #[cfg(not(unix))]
    {
        let _ = link;
        true
    }
}
