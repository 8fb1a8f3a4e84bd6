//! A ledger on disk: each line is there before what it is about is sent.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{FixtureEnd, LEDGER, LedgerContents, LedgerEntry};
use crate::suite::contract::Edition;
use crate::words::file::{append_private, flush_folder};

/// The most bytes of a ledger.
const MOST: u64 = 64 << 20;

/// Why a ledger cannot be used. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("cannot write the ledger `{path}`: {cause}; expected a file that can be written, or another one with --ledger FILE", path = path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error("another run or clean-up uses the ledger `{path}`: start again when it has ended, or give another one with --ledger FILE", path = path.display())]
    InUse { path: PathBuf },
    #[error("`{path}` is not a ledger of patchproof: {why}", path = path.display())]
    NotALedger { path: PathBuf, why: String },
    #[error("the ledger `{path}` is of another target: expected {expected}, found {found}", path = path.display())]
    OtherTarget { path: PathBuf, expected: String, found: String },
}

/// A ledger that is open for writing; nobody else writes to it meanwhile.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    state: Mutex<LedgerState>,
}

#[derive(Debug)]
struct LedgerState {
    file: File,
    /// The appointments in it.
    known: BTreeSet<String>,
}

/// Opens the ledger of a target, makes it where it is not there, and gives what it says. Only its user may read it.
///
/// # Errors
/// It cannot be written, somebody else writes to it, it is no ledger, or it is of another target.
pub fn open_ledger(path: &Path, base_url: &str) -> Result<(Ledger, Option<LedgerContents>), LedgerError> {
    let failed = |cause| LedgerError::Unwritable { path: path.to_owned(), cause };
    let mut file = append_private(path).map_err(failed)?;
    match file.try_lock() {
        // Some file systems know no locks.
        Ok(()) | Err(TryLockError::Error(_)) => {}
        Err(TryLockError::WouldBlock) => return Err(LedgerError::InUse { path: path.to_owned() }),
    }
    let mut bytes = Vec::new();
    (&mut file).take(MOST + 1).read_to_end(&mut bytes).map_err(failed)?;
    let not_one = |why: String| LedgerError::NotALedger { path: path.to_owned(), why };
    if bytes.len() as u64 > MOST {
        return Err(not_one("it is larger than 64 MiB".to_owned()));
    }
    let text = String::from_utf8_lossy(&bytes);
    let contents = if text.trim().is_empty() { None } else { Some(LedgerContents::read(&text).map_err(not_one)?) };
    if let Some(other) = contents.as_ref().filter(|contents| contents.base_url != base_url) {
        let (expected, found) = (base_url.to_owned(), other.base_url.clone());
        return Err(LedgerError::OtherTarget { path: path.to_owned(), expected, found });
    }
    if !text.is_empty() && !text.ends_with('\n') {
        // What a killed run did not finish stays a line of its kind.
        file.write_all(b"\n").map_err(failed)?;
    }
    let known = contents.iter().flat_map(|contents| contents.made.iter().map(|(id, _)| id.clone())).collect();
    let ledger = Ledger { path: path.to_owned(), state: Mutex::new(LedgerState { file, known }) };
    Ok((ledger, contents))
}

impl Ledger {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes that a run begins; with `afresh`, what was in it before is dropped.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(&self, base_url: &str, edition: Edition, afresh: bool) -> Result<(), LedgerError> {
        let failed = |cause| LedgerError::Unwritable { path: self.path.clone(), cause };
        if afresh {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).file.set_len(0).map_err(failed)?;
        }
        let (schema, base_url) = (LEDGER.to_owned(), base_url.to_owned());
        let at = now();
        let entry = LedgerEntry::Run { schema, base_url, edition, process: std::process::id(), at };
        self.add(&entry).map_err(failed)?;
        flush_folder(self.path.parent().unwrap_or(Path::new(".")));
        Ok(())
    }

    /// Notes that an appointment is about to be made.
    ///
    /// # Errors
    /// It cannot be written: then nothing may be sent.
    pub fn asked(&self, ask: u64, status: Option<String>, slot: Option<String>) -> io::Result<()> {
        self.add(&LedgerEntry::Asked { ask, status, slot, at: now() })
    }

    /// Notes that nothing was made.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn rejected(&self, ask: u64) -> io::Result<()> {
        self.add(&LedgerEntry::Rejected { ask })
    }

    /// Notes what was made.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn made(&self, ask: u64, id: &str) -> io::Result<()> {
        self.know(id);
        self.add(&LedgerEntry::Made { ask, id: id.to_owned() })
    }

    /// Notes that an appointment is about to be written to, once.
    ///
    /// # Errors
    /// It cannot be written: then nothing may be sent.
    pub fn before_write(&self, id: &str) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.known.contains(id) {
            return Ok(());
        }
        put(&mut state.file, &LedgerEntry::Written { id: id.to_owned() })?;
        state.known.insert(id.to_owned());
        Ok(())
    }

    /// Notes what became of an appointment that was made.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn done(&self, id: &str, end: FixtureEnd, status: Option<&str>) -> io::Result<()> {
        self.add(&LedgerEntry::Done { id: id.to_owned(), end, status: status.map(str::to_owned) })
    }

    fn know(&self, id: &str) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).known.insert(id.to_owned());
    }

    fn add(&self, entry: &LedgerEntry) -> io::Result<()> {
        put(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).file, entry)
    }
}

fn put(file: &mut File, entry: &LedgerEntry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry).map_err(io::Error::other)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

fn now() -> String {
    format!("{:.0}", jiff::Timestamp::now())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_ledger_is_of_one_target_and_one_writer() {
        let folder = std::env::temp_dir().join(format!("patchproof-ledger-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("l");
        let (ledger, before) = open_ledger(&path, "http://a/r4").unwrap();
        assert_eq!(before, None);
        ledger.begin("http://a/r4", Edition::March2024, true).unwrap();
        ledger.asked(0, Some("booked".into()), None).unwrap();
        ledger.made(0, "x").unwrap();
        // What was made needs no other line.
        ledger.before_write("x").unwrap();
        ledger.before_write("y").unwrap();
        ledger.before_write("y").unwrap();
        assert!(matches!(open_ledger(&path, "http://a/r4"), Err(LedgerError::InUse { .. })));
        drop(ledger);
        assert!(matches!(open_ledger(&path, "http://b/r4"), Err(LedgerError::OtherTarget { .. })));
        let (_, before) = open_ledger(&path, "http://a/r4").unwrap();
        assert_eq!(before.map(|before| before.due()), Some(vec!["x".to_owned()]));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
        std::fs::write(&path, "not a ledger\n").unwrap();
        assert!(matches!(open_ledger(&path, "http://a/r4"), Err(LedgerError::NotALedger { .. })));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
