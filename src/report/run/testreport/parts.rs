//! What report and script share: addresses, FHIR strings, and which exchanges belong to a test.

use crate::record::{CaseRecord, ControlRecord, ExchangeId, RunRecord};
use crate::report::page::clean::{clean, cut};

/// Where the names of this form live; nothing is fetched from it.
pub(super) const BASE: &str = "https://patchproof.example";
/// A FHIR string may have a mebibyte; a message is for people.
pub(super) const LONGEST: usize = 4000;
/// Operations of one test; a property looks at hundreds of exchanges, which are those of other tests.
pub(super) const MOST_OPERATIONS: usize = 40;

/// A FHIR string: not empty, no leading or trailing space, nothing that hides or turns text.
pub(super) fn string(text: &str) -> String {
    let text = cut(&clean(text.trim()), LONGEST);
    if text.is_empty() { "(nothing)".to_owned() } else { text }
}

/// The exchanges of a case itself: its steps and controls where it has attempts, else the first of all it looks at.
pub(super) fn operations(record: &RunRecord, case: &CaseRecord) -> Vec<ExchangeId> {
    let mut ids: Vec<ExchangeId> = Vec::new();
    for attempt in record.attempts().filter(|attempt| *attempt.case == case.id) {
        ids.extend(attempt.steps.iter().map(|step| step.exchange));
        if let ControlRecord::Exchange(id) = attempt.control {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        ids = case.exchanges.clone();
    }
    ids.truncate(MOST_OPERATIONS);
    ids
}
