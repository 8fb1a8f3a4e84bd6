//! Judges a property over every exchange of its kind.

mod responses;
mod scope;
mod tags;

use super::check::{CheckView, evaluate};
use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::CheckResult;
use crate::execute::evidence::Exchange;
use crate::plan::{Head, PropertyRule};
use crate::suite::scenario::Check;
use responses::{Responses, SHOWN};

/// The result of one property.
pub(super) fn judge(index: &Index<'_>, head: &Head, property: &PropertyRule) -> CaseResult {
    let mut result = CaseResult::new(head);
    let mut responses = Responses::default();
    match (&property.rule.check, property.on) {
        (Check::ControlAccepted, _) => tags::controls(index, property, &mut responses),
        (Check::TagAccepted(source), _) => tags::tags_accepted(index, *source, property, &mut responses),
        (Check::TagsUnique, _) => tags::tags_unique(index, &mut responses),
        (check, on) => {
            for exchange in index.exchanges() {
                if scope::concerns(index, on, exchange) && scope::when(index, property, exchange) {
                    responses.add(exchange.id, one(index, check, exchange));
                }
            }
        }
    }
    for (requirement, breach) in &property.rule.requirements {
        result.findings.extend(responses.findings(head, property, requirement, *breach));
    }
    result.exchanges = responses.broken.iter().map(|(id, _, _)| *id).take(SHOWN).collect();
    result.conclude();
    result
}

fn one<'a>(index: &Index<'a>, check: &Check, exchange: &'a Exchange) -> CheckResult {
    let Some(received) = exchange.received() else { return CheckResult::Void };
    let place = index.place(exchange.id);
    let after = index.read_after(exchange.id);
    let last = place.and_then(|place| place.seen.after).and_then(|id| index.exchange(id)).or(after);
    let view = CheckView {
        exchange,
        received,
        before: index.read_before(exchange.id),
        first_after: after,
        after: last,
        bindings: place.map(|place| &place.seen.bindings),
        bystander: None,
        bodies: &index.bodies,
    };
    match (check, after) {
        // Refusals outside a read-back, such as those on an unknown id, have nothing to compare, and what was changed in a
        // race is read when the race is over.
        (Check::Unchanged | Check::NarrativeNamesStatus, None) => CheckResult::Void,
        _ => evaluate(check, &view),
    }
}
