//! One exchange case: its id, requirements, editions, control and family, and then each of its steps.

use crate::suite::contract::Edition;
use crate::suite::scenario::{ExchangeCase, Fixture, Placeholder};
use crate::words::yaml::Node;

use super::around::{ASKED_FOR, Around};
use super::known::KnownNames;
use super::page::{CheckedFile, under};
use super::placeholders::{self, mentioned};
use super::step;

/// Adds the problems of one case.
pub(super) fn check(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, case: &ExchangeCase, node: &Node) {
    if case.verifies.is_empty() {
        page.wrong(case.id.span, "the case verifies nothing", "at least one requirement id");
    }
    if case.steps.is_empty() {
        page.wrong(case.id.span, "the case has no steps", "at least one step");
    }
    standing(page, known, &case.verifies, (case.editions.as_deref(), node));
    id(page, case);
    control(page, known, case);
    let bound = bound(case, node);
    let around = Around { case, node, editions: known.editions(&case.verifies, case.editions.as_deref()), bound };
    family(page, &around);
    for (entry, step_node) in case.steps.iter().zip(under(node, "steps").items()) {
        step::check(page, known, &around, entry, step_node);
    }
}

/// Requirements that stand in none of the editions in which they are asked for, and editions in which none of them does.
pub(super) fn standing(
    page: &mut CheckedFile<'_>,
    known: &KnownNames<'_>,
    verifies: &[crate::words::yaml::Located<crate::suite::contract::RequirementId>],
    (editions, node): (Option<&[Edition]>, &Node),
) {
    let named = editions.unwrap_or(&Edition::ALL);
    for id in verifies {
        let exists = known.has_requirement(id.value.as_str());
        if exists && !named.iter().any(|edition| known.stands(&id.value, *edition)) {
            let message = format!("`{}` stands in none of these editions", id.value);
            page.wrong(id.span, message, "a requirement of one of the editions");
        }
    }
    if verifies.iter().any(|id| !known.has_requirement(id.value.as_str())) {
        return;
    }
    for (edition, place) in editions.unwrap_or_default().iter().zip(under(node, "editions").items()) {
        if !verifies.iter().any(|id| known.stands(&id.value, *edition)) && !verifies.is_empty() {
            let message = format!("none of the requirements stands in {edition}");
            page.wrong(place.span, message, "an edition in which one of them stands");
        }
    }
}

fn id(page: &mut CheckedFile<'_>, case: &ExchangeCase) {
    if case.each.is_some() != case.id.value.contains("{name}") {
        page.wrong(
            case.id.span,
            "`each` and `{name}` go together",
            "an id with {name} exactly where the case has `each`",
        );
    }
}

fn control(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, case: &ExchangeCase) {
    let Some(control) = &case.control else { return };
    let Some(found) = known.cases.get(&control.value) else {
        let ids = known.cases.iter().filter(|(_, case)| !case.accepted.is_empty()).map(|(id, _)| id.as_str());
        page.unknown(control.span, "case", &control.value, ids, "the id of an accepted case on the same fixture");
        return;
    };
    if case.ids().contains(&control.value) {
        page.wrong(control.span, "a case is not its own control", "the id of another case");
    }
    let missing: Vec<&str> = known
        .editions(&case.verifies, case.editions.as_deref())
        .into_iter()
        .filter(|edition| !found.accepted.contains(edition))
        .map(Edition::id)
        .collect();
    if !missing.is_empty() {
        let message = format!("`{}` is not accepted in {}", control.value, missing.join(", "));
        page.wrong(control.span, message, "a case that is accepted in every edition of this one");
    }
    if found.fixture.is_some_and(|fixture| fixture != case.fixture && fixture != Fixture::Any) {
        let message = format!("`{}` has another fixture", control.value);
        page.wrong(control.span, message, format!("an accepted case on the fixture {}", case.fixture));
    }
}

/// What is bound in every position.
fn bound(case: &ExchangeCase, node: &Node) -> Vec<Placeholder> {
    let mut bound = vec![Placeholder::Id, Placeholder::To, Placeholder::Version, Placeholder::Weak];
    if case.each.is_some() {
        bound.push(Placeholder::Each);
    }
    match case.fixture {
        Fixture::None | Fixture::Unknown => {}
        Fixture::Any
        | Fixture::Proposed
        | Fixture::Pending
        | Fixture::Booked
        | Fixture::Arrived
        | Fixture::Fulfilled
        | Fixture::Cancelled
        | Fixture::Noshow
        | Fixture::EnteredInError
        | Fixture::CheckedIn
        | Fixture::Waitlist
        | Fixture::ProposedWithReason
        | Fixture::Tentative
        | Fixture::VideoUnlinked
        | Fixture::VideoLinked
        | Fixture::Locked
        | Fixture::FailingDependency
        | Fixture::Deleted
        | Fixture::NotCancelable => bound.push(Placeholder::Status),
    }
    let steps = under(node, "steps").items().iter();
    let mut patches: Vec<&Node> = steps.filter_map(|step| step.get("patch")).collect();
    patches.extend(node.get("each"));
    for asked in ASKED_FOR {
        if patches.iter().any(|patch| mentioned(patch, asked)) {
            bound.push(asked);
        }
    }
    bound
}

/// The members of a family: what they hold is put into the steps, so it may mention what is bound there.
fn family(page: &mut CheckedFile<'_>, around: &Around<'_>) {
    let Some(each) = around.node.get("each") else { return };
    let steps = under(around.node, "steps");
    if !mentioned(steps, Placeholder::Each) {
        page.wrong(each.span, "no step mentions `$each`", "`$each` where the members differ");
    }
    let mut bound: Vec<Placeholder> =
        around.bound_in_patch().into_iter().filter(|placeholder| *placeholder != Placeholder::Each).collect();
    let raw = |step: &Node| {
        let path = step.get("request").and_then(|line| line.get("path"));
        [step.get("if-match"), path].into_iter().flatten().any(|place| mentioned(place, Placeholder::Each))
    };
    if steps.items().iter().any(raw) {
        bound.push(Placeholder::Stale);
    }
    for (_, _, value) in each.entries() {
        placeholders::check(page, value, &bound);
    }
}
