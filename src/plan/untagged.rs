//! Finds the request that shows what another check says: the same one without its outdated If-Match.

use super::case::{Case, CaseKind, Step, Stepwise};
use super::template::{BodyTemplate, Precondition, RequestTemplate};
use crate::suite::contract::roles;
use crate::suite::scenario::Fixture;

/// Whether `other` sends what `case` sends, without If-Match or with the current version in it.
pub fn is_untagged_twin(case: &Stepwise<'_>, other: &Stepwise<'_>) -> bool {
    let ([step], [twin]) = (case.body.steps.as_slice(), other.body.steps.as_slice()) else { return false };
    let untagged = twin.request.if_match == Precondition::Absent || twin.request.if_match.is_current();
    let unknown = |case: &Stepwise<'_>| case.body.fixture == Fixture::Unknown;
    untagged
        && case.head.id != other.head.id
        && unknown(case) == unknown(other)
        && (step.outcome, &step.request.if_match) != (twin.outcome, &twin.request.if_match)
        && bare(&step.request) == bare(&twin.request)
}

/// Marks the cases that run because a selected one is judged by what they show.
pub(super) fn carry(cases: &mut [Case]) {
    let judged: Vec<Case> = cases
        .iter()
        .filter(|case| case.head.selected && case.stepwise().is_some_and(|case| case.body.steps.iter().any(in_order)))
        .cloned()
        .collect();
    for case in cases.iter_mut().filter(|case| !case.head.selected) {
        let stepwise = case.stepwise();
        let twin = judged
            .iter()
            .filter_map(Case::stepwise)
            .any(|judged| stepwise.is_some_and(|case| is_untagged_twin(&judged, &case)));
        match &mut case.kind {
            CaseKind::Exchange(body) => body.carries |= twin,
            CaseKind::Race(_) | CaseKind::Lists(_) | CaseKind::Property(_) => {}
        }
    }
}

/// Whether a step is judged by the order of checks.
fn in_order(step: &Step) -> bool {
    step.status.iter().any(|rule| rule.requirement.as_str() == roles::ORDINARY_CHECKS_FIRST)
}

/// A request without its If-Match and without its document, which depends on where the plan puts it: a check that comes
/// before If-Match looks at neither.
fn bare(request: &RequestTemplate) -> RequestTemplate {
    RequestTemplate { body: BodyTemplate::Advance, ..request.clone().with_if_match(Precondition::Absent) }
}
