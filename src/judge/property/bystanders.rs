//! The property of appointments to which the run sends no write: they stand as they were.

use std::collections::{BTreeMap, BTreeSet};

use super::responses::Responses;
use crate::execute::evidence::{Exchange, Purpose};
use crate::judge::check::{Beside, beside};
use crate::judge::index::Index;
use crate::judge::status::{says_nothing, shuts_out};
use crate::judge::verdict::CheckResult;

/// Each read of such an appointment shows what the read before it showed (APPT-BASE-22). Where one also changed while no
/// write of the run was under way, someone else writes there.
pub(super) fn unchanged(index: &Index<'_>, responses: &mut Responses) {
    let written: BTreeSet<&str> =
        index.exchanges().filter(|exchange| exchange.is_write()).filter_map(|it| it.appointment.as_deref()).collect();
    let mut reads: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
    for exchange in index.exchanges().filter(|exchange| exchange.purpose == Purpose::Read) {
        if let Some(id) = exchange.appointment.as_deref().filter(|id| !written.contains(id)) {
            reads.entry(id).or_default().push(exchange);
        }
    }
    let mut seen = Vec::new();
    let mut alone = None;
    for (id, mut reads) in reads {
        // A response that says nothing about the contract says nothing of the appointment either.
        reads.retain(|read| read.status().is_none_or(|status| !says_nothing(status) && !shuts_out(status)));
        reads.sort_by_key(|read| (read.begin_us, read.id));
        for pair in reads.windows(2) {
            let [before, after] = pair else { continue };
            if !before.succeeded() {
                continue;
            }
            let busy = index.exchanges().any(|exchange| {
                exchange.is_write() && exchange.begin_us < after.end_us && exchange.end_us > before.begin_us
            });
            let result = beside(Beside { id, before, after }, &index.bodies, &index.moving);
            if busy {
                seen.push((after.id, result));
            } else if let CheckResult::Broken { .. } = result {
                alone = alone.or(Some((after.id, id)));
            }
        }
    }
    if let Some((exchange, id)) = alone {
        let why =
            "which no request addressed, changed while no write of this run was under way: someone else writes here";
        return responses.add(exchange, CheckResult::Undecided(format!("Appointment/{id}, {why}")));
    }
    for (exchange, result) in seen {
        responses.add(exchange, result);
    }
}
