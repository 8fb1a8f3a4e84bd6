//! One run at a time on one target: two runs of one user that use the same appointments would disturb each other.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::exit::Exit;
use super::{common, progress};
use crate::execute::StopReceiver;
use crate::words::digest::of_bytes;

/// Held for as long as a run lasts; the system gives it back, however the process ends.
pub(super) struct Lease {
    _held: Option<File>,
}

/// Takes the lease of a target, and waits for another run of this user that holds it, for `longest` at most.
///
/// # Errors
/// The other run did not end in time, or this one was told to end.
pub(super) fn take(base_url: &str, longest: Duration, stop: &StopReceiver) -> Result<Lease, Exit> {
    let file = match open(base_url) {
        Ok(file) => file,
        Err(cause) => {
            progress::note(&format!("runs on one target cannot wait for each other: no file for that: {cause}"));
            return Ok(Lease { _held: None });
        }
    };
    let begin = Instant::now();
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if stop.borrow().is_some() => {
                let exit = stop.borrow().map_or(Exit::Interrupted, Exit::from);
                return Err(common::fail(exit, "ended before another run on the target did, so nothing was sent"));
            }
            Err(TryLockError::WouldBlock) if begin.elapsed() >= longest => {
                let message = format!("{} still uses {base_url}: start again when it has ended", holder(&file));
                return Err(common::fail(Exit::Unreachable, &message));
            }
            Err(TryLockError::WouldBlock) => {
                if !said {
                    progress::note(&format!("waiting for {}, which uses {base_url}", holder(&file)));
                    said = true;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            // Some file systems know no locks.
            Err(TryLockError::Error(_)) => return Ok(Lease { _held: None }),
        }
    }
    let _ = note(&file);
    Ok(Lease { _held: Some(file) })
}

fn open(base_url: &str) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(state_file(base_url, "lease")?)
}

/// A file of a target in the user's state folder, which is made.
///
/// # Errors
/// There is no such folder.
pub(super) fn state_file(base_url: &str, kind: &str) -> io::Result<PathBuf> {
    let folder = folder().ok_or_else(|| io::Error::other("neither XDG_STATE_HOME nor HOME is set"))?;
    fs::create_dir_all(&folder)?;
    let name: String = of_bytes(base_url.trim_end_matches('/').as_bytes()).chars().rev().take(32).collect();
    Ok(folder.join(format!("{name}.{kind}")))
}

/// The user's state folder (XDG Base Directory).
fn folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("patchproof"))
}

/// Who holds the lease, in words.
fn holder(mut file: &File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(200).read_to_string(&mut text));
    match read {
        Ok(_) if !text.trim().is_empty() => format!("another run of patchproof ({})", text.trim()),
        Ok(_) | Err(_) => "another run of patchproof".to_owned(),
    }
}

fn note(mut file: &File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let now = jiff::Timestamp::now();
    write!(file, "process {}, since {now:.0}", std::process::id())
}
