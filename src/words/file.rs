//! Files: what others wrote is read up to a bound, and what we write is there whole or not at all.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::path::{Path, PathBuf};

/// The most bytes of a file that people write: scenarios, target files, keys and signatures are far smaller.
pub const MOST_WRITTEN: u64 = 4 << 20;

/// The bytes of a file of at most `most` bytes.
///
/// # Errors
/// The file cannot be read, or is larger; then no more than `most` bytes were held in memory.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    let too_large = || Error::new(ErrorKind::FileTooLarge, format!("the file is larger than {} MiB", most >> 20));
    let file = File::open(path)?;
    if file.metadata()?.len() > most {
        return Err(too_large());
    }
    // A device or a pipe does not say how long it is.
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// The text of a file of at most `most` bytes.
///
/// # Errors
/// As [`bytes`], and for what is not UTF-8.
pub fn text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(bytes(path, most)?).map_err(|_| Error::new(ErrorKind::InvalidData, "the file is not UTF-8"))
}

/// Writes a file that is not there yet, and flushes it to the disk. No link is followed.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all())
}

/// A name beside a file that nobody else has: for what is written before it takes the place of the file.
pub fn name_beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}", uuid::Uuid::new_v4().simple()))
}

/// Writes a file whole or not at all. A device, a pipe or a link is written through and stays what it is; only a regular
/// file is replaced, and keeps its permissions.
///
/// # Errors
/// It cannot be written; a regular file is then as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let before = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Some(metadata.permissions()),
        Ok(metadata) if metadata.is_dir() => return Err(Error::new(ErrorKind::IsADirectory, "it is a folder")),
        Ok(_) => {
            let mut through = File::options().write(true).truncate(true).open(path)?;
            return through.write_all(bytes).and_then(|()| through.flush());
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => None,
        Err(cause) => return Err(cause),
    };
    let partial = name_beside(path);
    let written = create(&partial, bytes)
        .and_then(|()| before.map_or(Ok(()), |permissions| std::fs::set_permissions(&partial, permissions)))
        .and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
        return written;
    }
    flush_folder(path.parent().unwrap_or(Path::new(".")));
    Ok(())
}

/// Flushes the names in a folder to the disk, where the system can.
pub fn flush_folder(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
