//! The arrangement of a few made-up cases, where each rule of it can be seen by itself.
#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::arrange;
use crate::plan::case::{Case, CaseKind, Control, Destination, Head, Role, Step, StepCase};
use crate::plan::id::CaseId;
use crate::plan::lanes::{Advance, Plan, Unplanned};
use crate::plan::routes::Routes;
use crate::plan::status::plain_change;
use crate::plan::supply::Supply;
use crate::plan::template::{BodyTemplate, KnownTag, Precondition, RequestTemplate};
use crate::suite::contract::Edition;
use crate::suite::scenario::{Feature, Fixture, Origin};
use crate::words::fhir::AppointmentStatus::{self, Arrived, Booked, Cancelled, Fulfilled};

/// Booked to arrived to fulfilled, and booked to cancelled.
fn routes() -> Routes {
    let ways = [(Booked, Arrived), (Arrived, Fulfilled), (Booked, Cancelled)];
    Routes { documents: ways.map(|(from, to)| ((from, to), plain_change(to))).into(), open: false }
}

fn supply(booked: usize) -> Supply {
    Supply { provided: [(Fixture::Booked, booked)].into(), ..Supply::default() }
}

fn case(id: &str, fixture: Fixture, role: Role, control: Control) -> Case {
    let body = StepCase {
        verifies: Vec::new(),
        fixture,
        role,
        control,
        needs: Vec::new(),
        steps: vec![Step::unjudged(RequestTemplate::patch(BodyTemplate::Advance))],
        carries: false,
        cell: None,
    };
    let origin = Origin { file: String::new(), line: 0 };
    let (id, title) = (CaseId(id.to_owned()), String::new());
    Case { head: Head { id, title, requirements: Vec::new(), origin, selected: true }, kind: CaseKind::Exchange(body) }
}

fn refusal(id: &str, fixture: Fixture) -> Case {
    case(id, fixture, Role::Refusal, Control::Advance)
}

fn change(from: AppointmentStatus, to: AppointmentStatus) -> Case {
    let role = Role::Change { to: Destination::State(Fixture::of(to)), plain: true };
    case(&format!("{from}-to-{to}"), Fixture::of(from), role, Control::Advance)
}

fn body(case: &mut Case) -> &mut StepCase {
    match &mut case.kind {
        CaseKind::Exchange(body) => body,
        CaseKind::Race(_) | CaseKind::Lists(_) | CaseKind::Property(_) => unreachable!("made above"),
    }
}

/// The lanes in one line each: `state [tries] -> what leads on`.
fn shown(plan: &Plan) -> Vec<String> {
    let id = |index: &usize| plan.cases[*index].head.id.0.clone();
    let lane = |lane: &crate::plan::Lane| {
        let acts = lane.acts.iter().map(|act| {
            let tries = act.tries.iter().map(id).collect::<Vec<_>>().join(" ");
            let next = match &act.advance {
                Advance::End => "end".to_owned(),
                Advance::Plain { to, .. } => to.name().to_owned(),
                Advance::Case { case, .. } => id(case),
            };
            format!("{} [{tries}] -> {next}", act.state.name())
        });
        acts.collect::<Vec<_>>().join(", ")
    };
    plan.lanes.iter().map(lane).collect()
}

fn arranged(cases: Vec<Case>, supply: &Supply) -> Plan {
    arrange(Edition::May2019, cases, routes(), supply)
}

#[test]
fn a_rejection_stands_before_the_case_that_leads_on() {
    let plan = arranged(vec![refusal("no-tag", Fixture::Booked), change(Booked, Arrived)], &supply(1));
    assert_eq!(shown(&plan), ["booked [no-tag] -> booked-to-arrived"]);
}

#[test]
fn without_a_case_that_leads_on_a_plain_step_controls_it() {
    let plan = arranged(vec![refusal("no-tag", Fixture::Booked)], &supply(1));
    assert_eq!(shown(&plan), ["booked [no-tag] -> arrived"]);
    let steps = &plan.stepwise(0).unwrap().body.steps;
    assert_eq!(steps[0].request.body.document(), Some(&plain_change(Arrived)));
}

#[test]
fn what_needs_an_earlier_version_never_stands_first() {
    let mut stale = refusal("stale", Fixture::Any);
    body(&mut stale).steps[0].request.if_match = Precondition::Tag(KnownTag::Stale);
    let plan = arranged(vec![stale], &supply(1));
    assert_eq!(shown(&plan), ["booked [] -> arrived, arrived [stale] -> fulfilled"]);
}

#[test]
fn where_no_step_leads_on_the_same_value_is_accepted_elsewhere() {
    let mut late = refusal("late", Fixture::Fulfilled);
    body(&mut late).steps[0].request = RequestTemplate::document(plain_change(Cancelled));
    let plan = arranged(vec![late], &supply(3));
    assert_eq!(plan.stepwise(0).unwrap().body.control, Control::Twin);
    let mut lanes = shown(&plan);
    lanes.sort();
    assert_eq!(
        lanes,
        ["booked [] -> arrived, arrived [] -> fulfilled, fulfilled [late] -> end", "booked [] -> cancelled"]
    );
}

#[test]
fn a_control_that_was_not_selected_takes_part_all_the_same() {
    let refused = case("refused", Fixture::Booked, Role::Refusal, Control::Case(CaseId("accepted".to_owned())));
    let role = Role::Change { to: Destination::State(Fixture::Cancelled), plain: false };
    let mut accepted = case("accepted", Fixture::Booked, role, Control::Advance);
    accepted.head.selected = false;
    body(&mut accepted).steps[0].request = RequestTemplate::document(json!([{ "op": "add" }]));
    let plan = arranged(vec![refused, accepted], &supply(1));
    assert_eq!(shown(&plan), ["booked [refused] -> accepted"]);
    let steps = &plan.stepwise(0).unwrap().body.steps;
    assert_eq!(steps[0].request.body.document(), Some(&json!([{ "op": "add" }])), "it differs by its defect alone");
}

#[test]
fn a_wildcard_case_takes_a_step_that_belongs_to_no_case() {
    let role = Role::Change { to: Destination::Next, plain: false };
    let wildcard = case("wildcard", Fixture::Any, role, Control::Advance);
    // Two steps leave `arrived`, so two lead to it; one of these stays plain, as it may be somebody's control.
    let plan = arranged(vec![wildcard, change(Arrived, Fulfilled), change(Arrived, Cancelled)], &supply(2));
    let taken = shown(&plan).iter().filter(|lane| lane.starts_with("booked [] -> wildcard, arrived")).count();
    assert_eq!((plan.lanes.len(), taken, plan.unplanned.len()), (2, 1, 0));
}

#[test]
fn rejections_are_spread_evenly_over_the_acts_that_fit() {
    let mut cases: Vec<Case> = (0..6).map(|number| refusal(&format!("r{number}"), Fixture::Any)).collect();
    cases.extend([change(Booked, Arrived), change(Booked, Cancelled), change(Arrived, Fulfilled)]);
    let plan = arranged(cases, &supply(2));
    let tries: Vec<usize> = plan.lanes.iter().flat_map(|lane| &lane.acts).map(|act| act.tries.len()).collect();
    // Nothing is sent before the first step of the run where that can be helped.
    assert_eq!(tries, [0, 3, 3]);
}

#[test]
fn what_the_target_cannot_supply_says_why() {
    let mut declared = supply(0);
    declared.lacks.insert(Feature::Https, "plain http".to_owned());
    let mut secure = refusal("secure", Fixture::Booked);
    body(&mut secure).needs = vec![Feature::Https];
    let mut tenant = refusal("tenant", Fixture::Booked);
    body(&mut tenant).needs = vec![Feature::Tenant];
    let plan = arranged(vec![secure, tenant, refusal("none", Fixture::Booked)], &declared);
    assert_eq!(plan.unplanned[&0], Unplanned::NotApplicable("plain http".to_owned()));
    assert_eq!(plan.unplanned[&1], Unplanned::NotTested("the target does not provide `tenant`".to_owned()));
    assert!(matches!(&plan.unplanned[&2], Unplanned::NotTested(why) if why.contains("`booked`")));
    assert!(plan.lanes.is_empty());
}

#[test]
fn probes_of_an_open_edition_are_strung_together() {
    let probe = |from: AppointmentStatus, to: AppointmentStatus| {
        let role = Role::Probe { to: Destination::State(Fixture::of(to)) };
        case(&format!("{from}-to-{to}"), Fixture::of(from), role, Control::Advance)
    };
    let cases = vec![probe(Booked, Arrived), probe(Arrived, Cancelled), probe(Cancelled, Booked)];
    let plan = arrange(Edition::FhirR4, cases, Routes { open: true, ..routes() }, &supply(1));
    assert_eq!(plan.lanes.iter().map(|lane| lane.acts.len()).collect::<Vec<_>>(), [3]);
}
