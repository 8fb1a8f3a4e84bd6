//! Judges a property over every exchange of its kind.

mod bystanders;
mod failures;
mod fresh;
mod half;
mod responses;
mod scope;
mod tags;
mod updated;

pub(super) use fresh::SETTLES_US;

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
    if compares(&property.rule.check) {
        responses.aside = index.moving.listed();
    }
    match (&property.rule.check, property.on) {
        (Check::ControlAccepted, _) => tags::controls(index, property, &mut responses),
        (Check::TagAccepted(source), _) => tags::tags_accepted(index, *source, property, &mut responses),
        (Check::TagsUnique, _) => tags::tags_unique(index, &mut responses),
        (Check::LastUpdatedMoves, _) => updated::moves(index, &mut responses),
        (Check::LastUpdatedForwards, _) => updated::forwards(index, &mut responses),
        (Check::GetsResponse(requests), _) => failures::responses(index, *requests, &mut responses),
        (Check::NoServerFailure, _) => failures::passing(index, &mut responses),
        (Check::EntirelyOldOrNew, _) => half::effects(index, &mut responses),
        (Check::ReadsAreFresh, _) => fresh::reads(index, &mut responses),
        (Check::BystanderUnchanged, _) => bystanders::unchanged(index, &mut responses),
        (check, on) => {
            for exchange in index.exchanges() {
                if scope::concerns(index, on, exchange) && scope::when(index, property, exchange) {
                    responses.add(exchange.id, one(index, check, exchange));
                }
            }
        }
    }
    if property.rule.check != Check::BystanderUnchanged {
        responses.leave_out(index);
    }
    for (requirement, breach) in &property.rule.requirements {
        result.findings.extend(responses.findings(head, property, requirement, *breach));
    }
    result.exchanges = responses.broken.iter().map(|(id, _, _)| *id).take(SHOWN).collect();
    result.conclude();
    result
}

/// Whether a check is about what stays as it is between two reads.
fn compares(check: &Check) -> bool {
    matches!(check, Check::Unchanged | Check::SameContent | Check::OnlyChanged(_) | Check::OnlyNamed(_))
}

fn one<'a>(index: &Index<'a>, check: &Check, exchange: &'a Exchange) -> CheckResult {
    let Some(received) = exchange.received() else { return CheckResult::Void };
    let place = index.place(exchange.id);
    let after = index.read_after(exchange.id);
    let last = place.and_then(|place| place.seen.after).and_then(|id| index.exchange(id));
    let last = last.or_else(|| index.settled_after(exchange.id)).or(after);
    let view = CheckView {
        exchange,
        received,
        before: index.read_before(exchange.id),
        first_after: after,
        after: last,
        bindings: place.map(|place| &place.seen.bindings),
        bystander: None,
        bodies: &index.bodies,
        moving: &index.moving,
    };
    match (check, after) {
        // Refusals outside a read-back, such as those on an unknown id, have nothing to compare, and what was changed in a
        // race is read when the race is over.
        (Check::Unchanged | Check::NarrativeNamesStatus, None) => CheckResult::Void,
        _ => evaluate(check, &view),
    }
}
