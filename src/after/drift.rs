//! Drift: what a target answers to each case as text that stays the same from run to run, compared with what was accepted.
//!
//! Written cases have snapshots. Races and generated sequences have none, because who wins and what is drawn differ from run
//! to run, and properties have none, because they send nothing of their own.

mod again;
mod compare;
mod file;
mod names;
mod section;
mod store;
mod table;
#[cfg(test)]
mod tests;

pub use again::{Again, again, changed_answers, near};
pub use compare::{compare, merged};
pub use file::{files, safe_name};
pub use store::{Accepted, StoreError, accept, load, write_pending};

use std::collections::BTreeMap;

use crate::record::{CaseId, RunRecord};

/// The response to each written case of a run, as text: the request after `>`, the response after `<`, what it changed after
/// `=`. Values that change with every run stand as names such as `<version>`. Nothing depends on the order, the speed or
/// the seed of the run; a case that was not sent has no text.
pub fn of(record: &RunRecord) -> BTreeMap<CaseId, String> {
    let mut texts = BTreeMap::new();
    let asked: std::collections::BTreeSet<&CaseId> = record.cases.iter().map(|case| &case.id).collect();
    // Where a case was repeated on an appointment of its own, the last attempt is the one that counts.
    for attempt in record.attempts().filter(|attempt| asked.contains(attempt.case) && !attempt.steps.is_empty()) {
        texts.insert(attempt.case.clone(), section::text(record, &attempt));
    }
    texts
}
