//! The trace ids of a record: those of its run, and each of one request.

use std::collections::BTreeSet;

use super::difference::{Difference, evidence_difference};
use crate::execute::evidence::Evidence;
use crate::record::RunRecord;
use crate::words::trace::{is_of, prefix};

/// Adds what is wrong with the trace ids of a record.
pub(super) fn check(record: &RunRecord, evidence: &Evidence, differences: &mut Vec<Difference>) {
    let prefix = prefix(&record.started, &record.target.base_url);
    let mut seen = BTreeSet::new();
    for exchange in &evidence.exchanges {
        let Some(trace) = &exchange.trace else { continue };
        let place = || format!("exchanges[{}].trace", exchange.id);
        if !is_of(trace, &prefix) {
            let wanted = format!("32 hexadecimal digits that begin with {prefix}, as in every request of this run");
            differences.push(evidence_difference(place(), trace, &wanted));
        } else if !seen.insert(trace) {
            differences.push(evidence_difference(place(), trace, "an id that no other request has"));
        }
    }
}
