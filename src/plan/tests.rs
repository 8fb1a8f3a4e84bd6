//! Tests of the plan: what is arranged, on how few appointments, in which order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use super::{
    Advance, Case, Control, Expanded, Plan, Role, Selection, SelectionError, Supply, arrange, expand,
    needs_earlier_version, price,
};
use crate::suite::check::shipped;
use crate::suite::contract::{Edition, contract};
use crate::suite::scenario::Fixture;
use crate::words::fhir::AppointmentStatus;

/// A target that has everything.
fn rich() -> Supply {
    let mut supply = Supply { slots: Some(500), ..Supply::default() };
    supply.creatable.extend([Fixture::Booked, Fixture::Proposed]);
    for status in AppointmentStatus::ALL {
        supply.provided.insert(Fixture::of(status), 50);
    }
    for special in [
        Fixture::ProposedWithReason,
        Fixture::Tentative,
        Fixture::VideoUnlinked,
        Fixture::VideoLinked,
        Fixture::Locked,
        Fixture::FailingDependency,
        Fixture::Deleted,
        Fixture::NotCancelable,
    ] {
        supply.provided.insert(special, 50);
    }
    supply
}

fn planned(edition: Edition, selection: &Selection, supply: &Supply) -> Result<Plan, SelectionError> {
    let contract = contract().unwrap();
    let catalogue = shipped(contract).unwrap();
    let Expanded { cases, routes } = expand(&catalogue, contract, edition, selection)?;
    Ok(arrange(edition, cases, routes, supply))
}

fn whole(edition: Edition) -> Plan {
    planned(edition, &Selection::default(), &rich()).unwrap()
}

fn filtered(filter: &str) -> Selection {
    Selection { filters: vec![filter.to_owned()], ..Selection::default() }
}

#[test]
fn four_booked_appointments_cover_all_transitions_and_refusals_of_2019() {
    let price = price(&whole(Edition::May2019), super::USUAL_JOBS);
    assert_eq!(price.walks[&Fixture::Booked], 4);
}

#[test]
fn every_case_is_planned_exactly_once_or_says_why_not() {
    for edition in Edition::ALL {
        let plan = whole(edition);
        let mut seen: Vec<usize> = plan.loose.clone();
        for act in plan.lanes.iter().flat_map(|lane| &lane.acts) {
            seen.extend(&act.tries);
            if let Advance::Case { case, .. } = act.advance {
                seen.push(case);
            }
        }
        seen.extend(plan.unplanned.keys());
        seen.sort_unstable();
        let all: Vec<usize> = (0..plan.cases.len()).filter(|index| plan.stepwise(*index).is_some()).collect();
        let missing: Vec<_> =
            all.iter().filter(|index| !seen.contains(index)).map(|index| &plan.cases[*index].head.id.0).collect();
        assert!(missing.is_empty(), "{edition}: nowhere: {missing:?}");
        assert_eq!(seen.len(), all.len(), "{edition}: something is planned twice");
    }
}

#[test]
fn what_cannot_be_planned_for_a_rich_target_concerns_authentication_only() {
    for edition in Edition::ALL {
        let plan = whole(edition);
        for index in plan.unplanned.keys() {
            assert!(
                !plan.stepwise(*index).unwrap().needs.is_empty(),
                "{edition}: {} {:?}",
                plan.cases[*index].head.id,
                plan.unplanned[index]
            );
        }
    }
}

#[test]
fn every_case_can_be_judged_for_each_requirement_it_names() {
    for edition in Edition::ALL {
        for case in whole(edition).cases.iter().filter_map(Case::stepwise) {
            for requirement in &case.verifies {
                let judged = case.steps.iter().any(|step| {
                    step.status.iter().any(|rule| rule.requirement == *requirement)
                        || step.checks.iter().any(|rule| rule.requirements.iter().any(|(id, _)| id == requirement))
                });
                assert!(judged, "{edition}: nothing in {} is judged for {requirement}", case.head.id);
            }
        }
    }
}

#[test]
fn a_refusal_stands_before_the_step_that_controls_it() {
    for edition in Edition::ALL {
        let plan = whole(edition);
        for lane in &plan.lanes {
            for (number, act) in lane.acts.iter().enumerate() {
                for case in
                    act.tries.iter().filter_map(|index| plan.stepwise(*index)).filter(|case| case.role == Role::Refusal)
                {
                    match (&case.body.control, &act.advance) {
                        (Control::Advance, Advance::Plain { .. }) | (Control::Twin, Advance::End) => {}
                        (Control::Advance, Advance::Case { case: control, .. }) => {
                            let plain =
                                matches!(plan.stepwise(*control).unwrap().role, Role::Change { plain: true, .. });
                            assert!(plain, "{edition}: {} before {}", case.head.id, plan.cases[*control].head.id);
                        }
                        (Control::Case(id), Advance::Case { case: control, .. }) => {
                            assert_eq!(*id, plan.cases[*control].head.id, "{edition}: {}", case.head.id);
                        }
                        other => panic!("{edition}: {} has {other:?}", case.head.id),
                    }
                    assert!(number > 0 || !needs_earlier_version(&case), "{edition}: {} comes too early", case.head.id);
                }
            }
        }
    }
}

#[test]
fn acts_follow_each_other_in_the_states_they_lead_to() {
    for edition in Edition::ALL {
        for lane in &whole(edition).lanes {
            for pair in lane.acts.windows(2) {
                assert_eq!(pair[0].advance.to(), Some(pair[1].state), "{edition}: {lane:?}");
            }
        }
    }
}

#[test]
fn a_plan_is_the_same_every_time() {
    for edition in Edition::ALL {
        assert_eq!(whole(edition).lanes, whole(edition).lanes);
    }
}

#[test]
fn all_hundred_cells_are_cases_in_every_edition() {
    for edition in Edition::ALL {
        let cells = whole(edition).cases.iter().filter(|case| case.head.id.0.starts_with("transitions/")).count();
        assert_eq!(cells, 100, "{edition}");
    }
}

#[test]
fn one_selected_refusal_brings_its_control_and_nothing_else() {
    let plan = planned(Edition::May2019, &filtered("if-match/missing"), &rich()).unwrap();
    let selected: Vec<_> = plan.cases.iter().filter(|case| case.head.selected).collect();
    assert_eq!((selected.len(), plan.lanes.len()), (1, 1));
    assert!(matches!(plan.lanes[0].acts[0].advance, Advance::Plain { to: Fixture::Arrived, .. }));
}

#[test]
fn a_filter_that_selects_nothing_is_an_error() {
    assert!(matches!(
        planned(Edition::May2019, &filtered("no-such-case"), &rich()),
        Err(SelectionError::NoCase { near: None, .. })
    ));
    let slip = planned(Edition::May2019, &filtered("if-match/mising"), &rich()).unwrap_err();
    assert!(slip.to_string().contains("did you mean `if-match/missing`?"), "{slip}");
    let group = planned(Edition::May2019, &filtered("races"), &rich()).unwrap_err();
    assert!(group.to_string().contains("did you mean `race/`?"), "{group}");
    let selection = Selection { requirements: vec!["APPT-VER-07".parse().unwrap()], ..Selection::default() };
    let error = planned(Edition::May2019, &selection, &rich()).unwrap_err();
    assert!(error.to_string().contains("does not stand in this edition"), "{error}");
}

#[test]
fn a_state_that_nobody_provides_is_not_tested_with_the_reason() {
    let mut supply = Supply::default();
    supply.creatable.insert(Fixture::Booked);
    let plan = planned(Edition::May2019, &Selection::default(), &supply).unwrap();
    let noshow = plan.cases.iter().position(|case| case.head.id.0 == "transitions/noshow-to-arrived").unwrap();
    assert!(format!("{:?}", plan.unplanned[&noshow]).contains("`noshow`"));
    let walked = plan.cases.iter().position(|case| case.head.id.0 == "transitions/cancelled-to-arrived").unwrap();
    assert!(!plan.unplanned.contains_key(&walked), "cancelled is reached by documented steps");
}

#[test]
fn scarce_appointments_go_to_the_transitions_first() {
    let mut supply = Supply::default();
    supply.provided.insert(Fixture::Booked, 4);
    let plan = planned(Edition::May2019, &Selection::default(), &supply).unwrap();
    let given_up: BTreeSet<&str> = plan.unplanned.keys().map(|index| plan.cases[*index].head.id.0.as_str()).collect();
    for allowed in ["booked-to-arrived", "booked-to-checked-in", "checked-in-to-cancelled", "arrived-to-cancelled"] {
        assert!(!given_up.contains(format!("transitions/{allowed}").as_str()), "{given_up:?}");
    }
    assert!(given_up.contains("prefer/minimal"));
}

#[test]
fn a_route_is_the_shortest_documented_way() {
    let routes = whole(Edition::March2024).routes;
    let way = routes.way(AppointmentStatus::Proposed, AppointmentStatus::Fulfilled).unwrap();
    assert_eq!(way, [AppointmentStatus::Booked, AppointmentStatus::CheckedIn, AppointmentStatus::Fulfilled]);
    assert_eq!(routes.way(AppointmentStatus::Cancelled, AppointmentStatus::Booked), None);
}

/// The lanes of a plan in one text, for review.
fn shown(plan: &Plan) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for lane in &plan.lanes {
        let _ = writeln!(text, "begins {}", lane.start);
        for act in &lane.acts {
            for index in &act.tries {
                let _ = writeln!(text, "  {:<20} try {}", act.state.name(), plan.cases[*index].head.id);
            }
            match &act.advance {
                Advance::End => {}
                Advance::Plain { to, .. } => {
                    let _ = writeln!(text, "  {:<20} to  {to}", act.state.name());
                }
                Advance::Case { case, to, certain } => {
                    let word = if *certain { "to " } else { "to?" };
                    let _ = writeln!(text, "  {:<20} {word} {to} by {}", act.state.name(), plan.cases[*case].head.id);
                }
            }
        }
    }
    for index in &plan.loose {
        let _ = writeln!(text, "without an appointment: {}", plan.cases[*index].head.id);
    }
    text
}

#[test]
fn the_plan_of_each_edition_is_as_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/plan"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for edition in Edition::ALL {
            insta::assert_snapshot!(edition.id(), shown(&whole(edition)));
        }
    });
}
