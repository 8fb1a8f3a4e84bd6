//! What the program writes: standard output, standard error, and files that are there whole or not at all.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::OnceLock;

use super::exit::Exit;
use crate::words::file;

/// Why standard output could not be written to, the first time it could not.
static FAILED: OnceLock<String> = OnceLock::new();

/// Prints to standard output. A closed pipe is not an error: the reader has seen enough. Any other failure is what the
/// program ends with, see [`ending`].
pub(super) fn out(text: &str) -> Exit {
    let mut stream = anstream::stdout().lock();
    note(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()));
    Exit::Conformant
}

/// Takes down what came of writing to standard output.
pub(super) fn note(written: std::io::Result<()>) {
    if let Err(cause) = written
        && cause.kind() != ErrorKind::BrokenPipe
    {
        let _ = FAILED.set(cause.to_string());
    }
}

/// The exit code of the program: what it came to, unless what it had to print could not be printed.
pub(super) fn ending(exit: Exit) -> Exit {
    match FAILED.get() {
        Some(cause) => fail(Exit::Harness, &format!("cannot write to standard output: {cause}")),
        None => exit,
    }
}

/// Prints to standard error what would go to standard output if that were not for tools.
pub(super) fn beside(text: &str) {
    let mut stream = anstream::stderr().lock();
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// Prints an error to standard error and gives the exit code.
pub(super) fn fail(exit: Exit, message: &str) -> Exit {
    let mut stream = anstream::stderr().lock();
    let _ = writeln!(stream, "patchproof: {}", message.trim_end());
    exit
}

/// Makes a folder.
pub(super) fn folder(path: &Path) -> Result<(), Exit> {
    std::fs::create_dir_all(path)
        .map_err(|cause| fail(Exit::Usage, &format!("cannot create the folder `{}`: {cause}", path.display())))
}

/// Writes a file whole or not at all; a device or a pipe is written through, and what a link leads to.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Exit> {
    match file::replace(path, bytes) {
        // The reader of a pipe has seen enough.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(cause) => Err(fail(Exit::Usage, &format!("cannot write `{}`: {cause}", path.display()))),
        Ok(()) => Ok(()),
    }
}

/// Writes a file of a folder whole or not at all; no link in the folder is followed.
pub(super) fn write_in(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Exit> {
    let path = folder.join(name);
    file::place(&path, bytes).map_err(|cause| fail(Exit::Usage, &format!("cannot write `{}`: {cause}", path.display())))
}
