//! Files that others wrote are read up to a bound, whatever their size.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

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
