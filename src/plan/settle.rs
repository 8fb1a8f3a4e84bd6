//! Decides what `advance` and `$to` stand for in every case that has a place in the plan.

use std::collections::BTreeMap;

use serde_json::Value;

use super::routes::LEAD_STATUS;
use super::status::{plain_change, status_set};
use super::template::BodyTemplate;
use super::{Act, Advance, Bindings, CaseIndex, CaseKind, Control, Plan, Step, Stepwise, in_check};
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

/// The status that a request on no appointment asks for.
const ON_NOTHING: AppointmentStatus = AppointmentStatus::Cancelled;

/// Puts documents in the place of `advance`, and statuses in that of `$to`, in all that the plan sends.
pub(super) fn settle(plan: &mut Plan) {
    let mut leads: BTreeMap<CaseIndex, Option<Value>> =
        plan.loose.iter().map(|index| (*index, Some(plain_change(ON_NOTHING)))).collect();
    for act in plan.lanes.iter().flat_map(|lane| &lane.acts) {
        let lead = lead(plan, act);
        for index in &act.tries {
            let control = plan.stepwise(*index).and_then(|case| control_document(plan, case));
            leads.insert(*index, control.or_else(|| lead.clone()));
        }
        match act.advance {
            Advance::Case { case, .. } => {
                leads.insert(case, lead);
            }
            Advance::Plain { .. } | Advance::End => {}
        }
    }
    for (index, lead) in leads {
        let Some(CaseKind::Exchange(body)) = plan.cases.get_mut(index).map(|case| &mut case.kind) else { continue };
        body.steps.iter_mut().for_each(|step| settle_step(step, lead.as_ref()));
    }
}

/// The document that leads on from an act. At the end of a lane no step follows; a refusal that says `advance` then sends
/// what others accept.
fn lead(plan: &Plan, act: &Act) -> Option<Value> {
    match &act.advance {
        Advance::Plain { request, .. } => request.body.document().cloned(),
        Advance::Case { case, to, .. } if act.state.status().is_none() || to.status().is_none() => {
            plan.stepwise(*case)?.steps.first()?.request.body.document().cloned()
        }
        Advance::Case { to, .. } => plan.routes.plain_step(act.state, *to).body.document().cloned(),
        Advance::End => {
            act.state.status()?;
            plan.routes.plain_step(act.state, Fixture::of(LEAD_STATUS)).body.document().cloned()
        }
    }
}

/// What `advance` means in a refusal whose control is another case: that case's document.
fn control_document(plan: &Plan, case: Stepwise<'_>) -> Option<Value> {
    match &case.body.control {
        Control::Case(id) => {
            let control = plan.cases.iter().find(|case| case.head.id == *id)?.stepwise()?;
            control.steps.first()?.request.body.document().cloned()
        }
        Control::Advance | Control::Twin | Control::Within => None,
    }
}

fn settle_step(step: &mut Step, lead: Option<&Value>) {
    if let (BodyTemplate::Advance, Some(document)) = (&step.request.body, lead) {
        step.request.body = BodyTemplate::Document(document.clone());
    }
    let Some(to) = lead.and_then(status_set) else { return };
    let bindings = Bindings::from([("to".to_owned(), Value::from(to.code()))]);
    step.request.bind(&bindings);
    for rule in &mut step.checks {
        rule.check = in_check(&rule.check, &bindings);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::plan::{Expanded, Lane, RequestTemplate, Routes, Selection, Supply, arrange, expand};
    use crate::suite::check::shipped;
    use crate::suite::contract::{Edition, contract};
    use crate::suite::scenario::{Check, Placeholder};

    fn planned(edition: Edition) -> Plan {
        let contract = contract().unwrap();
        let catalogue = shipped(contract).unwrap();
        let Expanded { cases, routes } = expand(&catalogue, contract, edition, &Selection::default()).unwrap();
        let mut supply = Supply::default();
        supply.creatable.extend([Fixture::Booked, Fixture::Proposed, Fixture::Locked]);
        arrange(edition, cases, routes, &supply)
    }

    fn acts(plan: &Plan) -> impl Iterator<Item = &Act> {
        plan.lanes.iter().flat_map(|lane: &Lane| &lane.acts)
    }

    #[test]
    fn nothing_that_is_sent_is_left_to_the_run_to_decide() {
        for edition in Edition::ALL {
            let plan = planned(edition);
            let placed = acts(&plan).flat_map(Act::cases).chain(plan.loose.iter().copied());
            for case in placed.filter_map(|index| plan.stepwise(index)) {
                for step in &case.steps {
                    let open = step.request.body == BodyTemplate::Advance || step.request.body.names(Placeholder::To);
                    assert!(!open, "{edition}: {} sends {:?}", case.head.id, step.request.body);
                    let checks = serde_json::to_string(&step.checks.iter().map(|rule| &rule.check).collect::<Vec<_>>());
                    assert!(!checks.unwrap().contains("$to"), "{edition}: {}", case.head.id);
                }
            }
        }
    }

    #[test]
    fn a_refusal_sends_what_leads_on_from_its_act() {
        for edition in Edition::ALL {
            let plan = planned(edition);
            let missing = |index: &CaseIndex| plan.cases[*index].head.id.0 == "if-match/missing";
            for act in acts(&plan).filter(|act| act.tries.iter().any(missing)) {
                let case = act.tries.iter().copied().find(missing).and_then(|index| plan.stepwise(index)).unwrap();
                assert_eq!(case.steps[0].request.body.document(), lead(&plan, act).as_ref(), "{edition}");
            }
        }
    }

    #[test]
    fn a_plain_step_follows_the_routes_and_a_special_fixture_is_an_ordinary_one() {
        let booking = json!([{ "op": "replace", "path": "/status", "value": "booked" }, { "op": "add" }]);
        let mut routes = Routes::default();
        routes.documents.insert((AppointmentStatus::Proposed, AppointmentStatus::Booked), booking.clone());
        let document = |from, to| routes.plain_step(from, to).body.document().cloned().unwrap();
        assert_eq!(document(Fixture::Proposed, Fixture::Booked), booking);
        assert_eq!(document(Fixture::Booked, Fixture::Cancelled), plain_change(AppointmentStatus::Cancelled));
        assert_eq!(document(Fixture::Locked, Fixture::Arrived), plain_change(AppointmentStatus::Arrived));
    }

    #[test]
    fn the_status_of_the_lead_is_bound_in_request_and_checks() {
        let after = Check::After([("/status".to_owned(), Value::from("$to"))].into());
        let rule = super::super::CheckRule { requirements: Vec::new(), check: after };
        let request = RequestTemplate::document(json!([{ "value": "$to" }, { "value": "$id" }]));
        let mut step = Step { checks: vec![rule], ..Step::unjudged(request) };
        settle_step(&mut step, Some(&plain_change(AppointmentStatus::Noshow)));
        assert_eq!(step.request.body.document().unwrap(), &json!([{ "value": "noshow" }, { "value": "$id" }]));
        assert_eq!(step.checks[0].check, Check::After([("/status".to_owned(), Value::from("noshow"))].into()));
    }

    #[test]
    fn without_a_lead_the_word_stays_and_cannot_be_sent() {
        let mut step = Step::unjudged(RequestTemplate::patch(BodyTemplate::Advance));
        settle_step(&mut step, None);
        assert_eq!(step.request.body, BodyTemplate::Advance);
    }
}
