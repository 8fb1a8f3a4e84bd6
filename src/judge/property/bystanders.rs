//! The property of appointments to which the run sends no write: they stand as they were.

use std::collections::{BTreeMap, BTreeSet};

use super::responses::Responses;
use crate::execute::evidence::{Exchange, ExchangeId, Purpose};
use crate::judge::check::{Beside, beside};
use crate::judge::index::Index;
use crate::judge::status::{says_nothing, shuts_out};
use crate::judge::suspects::{alike, between, likely, others};
use crate::judge::verdict::CheckResult;

/// Each read of such an appointment shows what the read before it showed (APPT-BASE-22), or a request between them is
/// charged. Where one also changed while no write of the run was under way, someone else writes there.
pub(super) fn unchanged(index: &Index<'_>, responses: &mut Responses) {
    let written: BTreeSet<&str> =
        index.exchanges().filter(|exchange| exchange.is_write()).filter_map(|it| it.appointment.as_deref()).collect();
    let mut reads: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
    for exchange in index.exchanges().filter(|exchange| exchange.purpose == Purpose::Read) {
        if let Some(id) = exchange.appointment.as_deref().filter(|id| !written.contains(id)) {
            reads.entry(id).or_default().push(exchange);
        }
    }
    let mut windows = Vec::new();
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
            let window = Beside { id, before, after };
            let writes = between(&index.evidence.exchanges, window);
            let result = beside(window, &index.bodies, &index.moving);
            if !writes.is_empty() {
                windows.push(Window { id, read: after.id, writes, result });
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
    charge(index, windows, responses);
}

/// Two reads of an appointment with writes to others between them.
struct Window<'e> {
    id: &'e str,
    read: ExchangeId,
    writes: Vec<&'e Exchange>,
    result: CheckResult,
}

/// Charges a change to the request that made it, as far as the reads show; where someone else writes to the appointment, to
/// nobody.
fn charge(index: &Index<'_>, windows: Vec<Window<'_>>, responses: &mut Responses) {
    /// So many changes are told; the others are counted.
    const MOST: usize = 3;
    let (broken, rest): (Vec<Window<'_>>, Vec<Window<'_>>) =
        windows.into_iter().partition(|window| matches!(window.result, CheckResult::Broken { .. }));
    let quiet: Vec<&Exchange> = rest.iter().flat_map(|window| window.writes.iter().copied()).collect();
    let harmless = |write: &Exchange| quiet.iter().any(|other| alike(other, write));
    let mut charged = Vec::new();
    for Window { id, writes, result, .. } in broken {
        let CheckResult::Broken { expected, found } = result else { continue };
        let likely = likely(&writes, id, harmless);
        let Some(first) = likely.first() else { continue };
        match index.strangers.excuse_for(id) {
            Some(why) => responses.add(first.id, CheckResult::Undecided(format!("{found}, but {why}"))),
            None => charged.push((likely.len(), first.id, expected, format!("{found}{}", others(&likely, first.id)))),
        }
    }
    // Those of which least may have done it say most.
    charged.sort();
    let more = charged.len().saturating_sub(MOST);
    for (place, (_, write, expected, mut found)) in charged.into_iter().take(MOST).enumerate() {
        if place == 0 && more > 0 {
            found.push_str(&format!("; {more} more such changes"));
        }
        responses.add(write, CheckResult::Broken { expected, found });
    }
    for Window { read, result, .. } in rest {
        responses.add(read, result);
    }
}
