//! The ledger of a run: where it is, what an earlier run left in it, and what this one leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::Exit;
use super::{common, lease, progress};
use crate::report::clean;
use crate::suite::contract::Edition;
use crate::sut::{Ledger, LedgerContents, Profile, open_ledger};
use crate::words::file;

/// The most bytes of a ledger that are read.
const MOST: u64 = 64 << 20;

/// A ledger that a run writes.
pub(super) struct RunLedger {
    pub(super) ledger: Option<Arc<Ledger>>,
    /// The user named it, and it stays whatever is in it.
    is_named: bool,
}

/// Opens the ledger of a target: the one that is named, else that in the user's state folder. Without such a folder, a run
/// on loopback goes on without one.
///
/// # Errors
/// It cannot be used. Nothing was sent.
pub(super) fn open(named: Option<&Path>, profile: &Profile, edition: Edition) -> Result<RunLedger, Exit> {
    let base_url = profile.base_url.as_str();
    let place = match named {
        Some(path) => Ok(path.to_owned()),
        None => lease::state_file(base_url, "ledger").map_err(|cause| cause.to_string()),
    };
    let opened = place.and_then(|path| {
        let (ledger, before) = open_ledger(&path, base_url).map_err(|error| error.to_string())?;
        let open = before.as_ref().filter(|before| !before.is_settled());
        let afresh = named.is_none() && open.is_none();
        ledger.begin(base_url, edition, afresh).map_err(|error| error.to_string())?;
        if let Some(before) = open {
            progress::note(&format!("an earlier run left something: {}", left(before, &path)));
        }
        Ok(ledger)
    });
    match opened {
        Ok(ledger) => Ok(RunLedger { ledger: Some(Arc::new(ledger)), is_named: named.is_some() }),
        Err(why) if named.is_none() && profile.is_loopback() => {
            progress::note(&format!("a run that is killed cannot be cleaned up: no ledger: {why}"));
            Ok(RunLedger { ledger: None, is_named: false })
        }
        Err(why) => Err(common::fail(Exit::Usage, &format!("nothing was sent: {why}"))),
    }
}

impl RunLedger {
    /// None, for the embedded server, which ends with the run.
    pub(super) const fn none() -> RunLedger {
        RunLedger { ledger: None, is_named: false }
    }

    /// Says what is left, and removes a ledger in which nothing is.
    pub(super) fn close(self) {
        let Some(ledger) = self.ledger else { return };
        let path = ledger.path().to_owned();
        let Ok(contents) = read(&path) else { return };
        if !contents.is_settled() {
            progress::note(&format!("something is left: {}", left(&contents, &path)));
        } else if !self.is_named {
            let _ = fs::remove_file(&path);
        }
    }
}

/// What a ledger says.
///
/// # Errors
/// It cannot be read; in words.
pub(super) fn read(path: &Path) -> Result<LedgerContents, String> {
    let text = file::text(path, MOST).map_err(|cause| cause.to_string())?;
    LedgerContents::read(&text)
}

fn left(contents: &LedgerContents, path: &Path) -> String {
    let (due, lost) = (contents.due().len(), contents.lost.len());
    let mut what = Vec::new();
    if due > 0 {
        what.push(format!("{due} appointment{} not cancelled", if due == 1 { "" } else { "s" }));
    }
    if lost > 0 {
        what.push(format!("{lost} POST{} with no certain result", if lost == 1 { "" } else { "s" }));
    }
    format!("{}; run `patchproof cleanup {}`", what.join(", "), clean(&path.display().to_string()))
}

/// The path of a ledger as an argument gives it.
pub(super) fn path_of(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("expected the path of a file".to_owned()) } else { Ok(PathBuf::from(text)) }
}
