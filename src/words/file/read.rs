//! Reads regular files up to a bound, and says at once what is none.

use std::fs::{File, FileType, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

/// The most bytes of a file that people write: scenarios, target files, keys and signatures are far smaller.
pub const MOST_WRITTEN: u64 = 4 << 20;

/// The bytes of a regular file of at most `most` bytes.
///
/// # Errors
/// The file cannot be read, is none that ends (a device, a pipe, a folder), or is larger; then no more than `most` bytes
/// were held in memory.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    let too_large = || Error::new(ErrorKind::FileTooLarge, format!("the file is larger than {}", size(most)));
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("expected a regular file, found {}", kind(metadata.file_type())),
        ));
    }
    if metadata.len() > most {
        return Err(too_large());
    }
    // A file may grow while it is read, and some do not say how long they are.
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// The text of a regular file of at most `most` bytes.
///
/// # Errors
/// As [`bytes`], and for what is not UTF-8.
pub fn text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(bytes(path, most)?).map_err(|_| Error::new(ErrorKind::InvalidData, "the file is not UTF-8"))
}

/// Opens a file for reading. A pipe is opened without waiting for somebody who writes to it.
fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// What a path leads to, in words.
fn kind(file: FileType) -> &'static str {
    if file.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if file.is_fifo() {
            return "a pipe";
        }
        if file.is_char_device() || file.is_block_device() {
            return "a device";
        }
        if file.is_socket() {
            return "a socket";
        }
    }
    "something else"
}

fn size(bytes: u64) -> String {
    match bytes >> 30 {
        0 => format!("{} MiB", bytes >> 20),
        gibibytes => format!("{gibibytes} GiB"),
    }
}
