//! Each demand of a selftest can be broken, and says so; runs that meet all of them break none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use super::*;
use crate::record::{RunVerdict, Verdict};
use crate::suite::contract::{Level, RequirementId};

const EDITION: Edition = Edition::May2019;

fn contract() -> &'static Contract {
    crate::suite::contract::contract().unwrap_or_else(|problems| panic!("{problems}"))
}

fn job(subject: Subject) -> Job {
    Job { edition: EDITION, subject, focus: None, pace: Pace::default() }
}

/// A run in which these requirements have these verdicts and all others pass.
fn seen(verdicts: &[(&str, Verdict)]) -> Seen {
    let all = contract().of_edition(EDITION).map(|(requirement, _)| requirement.id.clone());
    let verdict = |id: &RequirementId| {
        verdicts.iter().find(|(name, _)| *name == id.as_str()).map_or(Verdict::Pass, |entry| entry.1)
    };
    let failed = verdicts.iter().any(|(_, verdict)| *verdict == Verdict::Fail);
    Seen {
        verdict: if failed { RunVerdict::NotConformant } else { RunVerdict::Conformant },
        reason: "made up".to_owned(),
        requirements: all.map(|id| (id.clone(), (verdict(&id), "made up".to_owned()))).collect(),
        cases: BTreeMap::new(),
    }
}

fn told(list: &[Job], all: &[Seen], whole: bool) -> Vec<String> {
    let exempt = exemptions(contract()).unwrap();
    assess(contract(), list, all, &exempt, whole).iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_server_that_is_failed_or_not_judged_is_a_violation() {
    let variant = job(Subject::Variant(Variant::Gzip));
    assert!(told(std::slice::from_ref(&variant), &[seen(&[])], false).is_empty());
    let found = told(std::slice::from_ref(&variant), &[seen(&[("APPT-RSP-15", Verdict::Fail)])], false);
    assert!(found[0].contains("gzip keeps 2019-05") && found[0].contains("APPT-RSP-15"), "{found:?}");
    // A requirement that does not decide is no excuse.
    let inherited = Seen { verdict: RunVerdict::Conformant, ..seen(&[("APPT-ERR-02", Verdict::Fail)]) };
    assert_eq!(told(std::slice::from_ref(&variant), &[inherited], false).len(), 1);
    let open = Seen { verdict: RunVerdict::Incomplete, ..seen(&[("APPT-VER-04", Verdict::Inconclusive)]) };
    assert!(told(&[variant], &[open], false)[0].contains("APPT-VER-04"));
}

#[test]
fn a_requirement_that_notices_what_a_fault_does_not_name_is_a_violation() {
    let list = [job(Subject::Clean), job(Subject::Fault(Fault::AcceptMissingIfMatch))];
    let named = seen(&[("APPT-VER-04", Verdict::Fail), ("APPT-VER-22", Verdict::Warn)]);
    assert!(told(&list, &[seen(&[]), named], false).is_empty());
    let stranger = seen(&[("APPT-VER-04", Verdict::Fail), ("APPT-HDR-07", Verdict::Fail)]);
    let found = told(&list, &[seen(&[]), stranger.clone()], false);
    assert!(found.len() == 1 && found[0].contains("accept-missing-if-match made APPT-HDR-07 worse"), "{found:?}");
    // What the clean server does not keep either is no doing of the fault's.
    assert_eq!(told(&list, &[seen(&[("APPT-HDR-07", Verdict::Fail)]), stranger], false).len(), 1);
}

#[test]
fn a_fault_whose_teeth_are_drawn_survives_and_is_named() {
    let list = [job(Subject::Clean), job(Subject::Fault(Fault::AcceptMissingIfMatch))];
    let found = told(&list, &[seen(&[]), seen(&[])], true);
    assert!(found.iter().any(|line| line.contains("the fault accept-missing-if-match was not found")), "{found:?}");
}

#[test]
fn a_requirement_that_is_never_noticed_or_never_killed_is_named() {
    let list = [job(Subject::Clean), job(Subject::Fault(Fault::AcceptMissingIfMatch))];
    let found = told(&list, &[seen(&[]), seen(&[("APPT-VER-22", Verdict::Warn)])], true);
    let has = |text: &str| found.iter().any(|line| line.contains(text));
    assert!(has("the fault accept-missing-if-match names APPT-VER-04, which noticed it in no edition"), "{found:?}");
    assert!(has("no fault breaks APPT-VER-04"), "{found:?}");
    assert!(!has("no fault breaks APPT-VER-22"), "{found:?}");
    // What the contract itself excuses needs no fault.
    assert!(!has("no fault breaks APPT-ERR-09") && !has("no fault breaks APPT-RSP-07"), "{found:?}");
}

#[test]
fn a_reason_for_a_requirement_that_a_fault_breaks_is_needless() {
    let list = [job(Subject::Clean), job(Subject::Fault(Fault::AcceptMissingIfMatch))];
    let id: RequirementId = "APPT-VER-04".parse().unwrap();
    let (mut given, automatic) = exemptions(contract()).unwrap();
    given.insert(id, "made up".to_owned());
    let all = [seen(&[]), seen(&[("APPT-VER-04", Verdict::Fail)])];
    let found = assess(contract(), &list, &all, &(given, automatic), true);
    assert!(found.iter().any(|violation| violation.to_string().contains("take the reason away")), "{found:?}");
}

#[test]
fn an_opened_transition_is_found_by_its_own_case_alone() {
    let cell = Fault::OpenCell(AppointmentStatus::Arrived, AppointmentStatus::Noshow);
    assert_eq!("open-cell=arrived:noshow".parse(), Ok(cell));
    let catalogue = crate::suite::check::shipped(contract()).unwrap();
    let list = runs(contract(), &catalogue, &[EDITION], &["open-cell=arrived:noshow".to_owned()]);
    let opened = list.iter().find(|job| job.subject == Subject::Fault(cell)).unwrap();
    let focus = opened.focus.as_ref().unwrap();
    assert_eq!((focus.failing.as_str(), focus.cases.len()), ("transitions/arrived-to-noshow", 10));
    let run = |failed: &[&str]| {
        let cases = failed.iter().map(|case| ((*case).to_owned(), Verdict::Fail)).collect();
        told(std::slice::from_ref(opened), &[Seen { cases, ..seen(&[]) }], false)
    };
    assert!(run(&["transitions/arrived-to-noshow"]).is_empty());
    assert!(run(&[])[0].contains("was not found in 2019-05 by the case transitions/arrived-to-noshow"));
    let both = run(&["transitions/arrived-to-noshow", "transitions/arrived-to-cancelled"]);
    assert!(both.len() == 1 && both[0].contains("made the case transitions/arrived-to-cancelled fail"), "{both:?}");
}

#[test]
fn every_requirement_that_a_fault_names_exists() {
    let ids: Vec<&str> = contract().requirements.iter().map(|requirement| requirement.id.as_str()).collect();
    for fault in Fault::ALL.iter().copied().chain(Fault::cells(&contract().tables.transitions[&EDITION])) {
        for name in fault.breaks().iter().chain(fault.follows()) {
            let found = match name.strip_suffix('*') {
                Some(start) => ids.iter().any(|id| id.starts_with(start)),
                None => ids.contains(name),
            };
            assert!(found, "{fault} names {name}, which is no requirement");
        }
        assert!(!fault.sentence().contains(crate::words::yaml::BLANK), "{fault} has no sentence yet");
    }
}

#[test]
fn a_reason_for_a_requirement_that_does_not_exist_is_an_error_with_its_place() {
    let wrong = exempt::read(contract(), "APPT-AUTH-04: x\nAPPT-AUTH-40: y\nAPPT-AUTH-05: ''\n").unwrap_err();
    for part in [
        "scenarios/selftest/exempt.yaml:2:1: unknown requirement `APPT-AUTH-40`: did you mean `APPT-AUTH-04`?",
        "scenarios/selftest/exempt.yaml:3:15: `APPT-AUTH-05` has no reason",
    ] {
        assert!(wrong.contains(part), "{wrong}");
    }
}

#[test]
fn every_forbidden_transition_of_the_vendor_has_its_fault() {
    let count = |edition: Edition| Fault::cells(&contract().tables.transitions[&edition]).len();
    assert!(count(Edition::May2019) > 70 && count(Edition::March2024) > 70);
    assert_eq!(count(Edition::FhirR4), 0, "the base specification forbids none");
}

#[test]
fn only_levels_that_never_fail_are_excused_without_a_written_reason() {
    let (given, automatic) = exemptions(contract()).unwrap();
    for requirement in &contract().requirements {
        let excused = automatic.contains_key(&requirement.id);
        let soft = matches!(requirement.level, Level::May | Level::Observed | Level::Unspecified);
        assert_eq!(excused, soft || requirement.not_tested.is_some(), "{}", requirement.id.as_str());
        assert!(
            !(excused && given.contains_key(&requirement.id)),
            "{} needs no second reason",
            requirement.id.as_str()
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_order_and_another_seed_another() {
    let order = |seed: u64| {
        let mut list: Vec<u32> = (0..20).collect();
        random::shuffle(&mut list, seed);
        list
    };
    assert_eq!(order(7), order(7));
    assert_ne!(order(7), order(8));
    let mut sorted = order(7);
    sorted.sort_unstable();
    assert_eq!(sorted, (0..20).collect::<Vec<u32>>());
}

#[test]
fn variants_have_names_sentences_readings_and_editions() {
    assert!(Variant::ALL.len() >= 20);
    for variant in Variant::ALL {
        assert_eq!(variant.name().parse(), Ok(*variant));
        assert!(variant.sentence().ends_with('.') && variant.reading().ends_with('.'), "{variant}");
        assert!(!variant.editions().is_empty());
    }
    assert!("x".parse::<Variant>().unwrap_err().contains("expected one of opaque-tags"));
}
