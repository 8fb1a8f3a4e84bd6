//! Tests over the shipped contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use super::{Area, Breach, Cell, Edition, Level, RequirementId, RuleBasis, Standing, contract};
use crate::words::fhir::AppointmentStatus;

#[test]
fn requirement_ids_are_unique_and_none_is_lost() {
    let contract = contract().unwrap();
    let ids: BTreeSet<_> = contract.requirements.iter().map(|requirement| &requirement.id).collect();
    assert_eq!((contract.requirements.len(), ids.len()), (254, 254));
    let of = |edition: Edition| {
        contract.requirements.iter().filter(|requirement| requirement.editions.contains(&edition)).count()
    };
    assert_eq!(Edition::ALL.map(of), [99, 172, 102]);
}

#[test]
fn areas_hold_as_many_requirements_as_the_catalogue() {
    let mut counts: BTreeMap<Area, usize> = BTreeMap::new();
    for requirement in &contract().unwrap().requirements {
        *counts.entry(requirement.area).or_default() += 1;
    }
    assert_eq!(Area::ALL.map(|area| counts[&area]), [12, 16, 15, 23, 21, 29, 23, 25, 21, 11, 8, 16, 34]);
}

#[test]
fn every_transition_table_is_ten_by_ten_with_the_documented_cells() {
    let contract = contract().unwrap();
    let count = |edition: Edition| {
        let table = &contract.tables.transitions[&edition];
        Cell::ALL.map(|cell| table.cells().filter(|(_, _, other)| *other == cell).count())
    };
    assert_eq!(count(Edition::May2019), [6, 70, 21, 3, 0]);
    assert_eq!(count(Edition::March2024), [9, 50, 36, 5, 0]);
    assert_eq!(count(Edition::FhirR4), [0, 0, 0, 0, 100]);
    for (edition, table) in &contract.tables.transitions {
        assert!(table.cells().all(|(from, to, _)| table.requirement(from, to).is_some()), "{edition}");
    }
}

#[test]
fn checked_in_becomes_fulfilled_only_in_the_newest_edition() {
    let contract = contract().unwrap();
    let cell = |edition| {
        contract.tables.transitions[&edition].cell(AppointmentStatus::CheckedIn, AppointmentStatus::Fulfilled)
    };
    assert_eq!(cell(Edition::March2024), Cell::Allowed);
    assert_eq!(cell(Edition::May2019), Cell::UnsupportedValue);
}

#[test]
fn a_reason_for_not_testing_is_a_real_reason() {
    for requirement in &contract().unwrap().requirements {
        if let Some(reason) = &requirement.not_tested {
            assert!(reason.split_whitespace().count() >= 6, "{}: {reason}", requirement.id);
            assert!(reason.trim_end().ends_with('.'), "{}: {reason}", requirement.id);
        }
        assert!(requirement.statement.trim_end().ends_with('.'), "{}", requirement.id);
    }
}

#[test]
fn a_vendor_requirement_that_overrides_stands_in_that_edition() {
    let contract = contract().unwrap();
    for requirement in &contract.requirements {
        for (edition, by) in &requirement.overridden {
            let by = contract.requirement(by).unwrap();
            assert_eq!(by.standing(*edition), Some(Standing::Native), "{} by {}", requirement.id, by.id);
            assert_eq!(requirement.standing(*edition), None);
        }
    }
}

#[test]
fn a_rule_that_is_only_read_into_the_text_is_never_a_must_but_for_the_transitions_and_a_server_that_lives_on() {
    for requirement in &contract().unwrap().requirements {
        let named = matches!(requirement.id.as_str(), "APPT-TRN-12" | "APPT-TRN-13" | "APPT-BASE-23");
        if requirement.rule == RuleBasis::Inferred && !named {
            assert_ne!(requirement.level, Level::Must, "{}", requirement.id);
        }
    }
}

#[test]
fn the_stale_tag_is_409_at_the_vendor_and_412_in_the_base() {
    let contract = contract().unwrap();
    let expected = |id: &str, edition| {
        let requirement = contract.requirement(&id.parse().unwrap()).unwrap();
        requirement.expectation(edition, None).unwrap().to_string()
    };
    assert_eq!(expected("APPT-VER-06", Edition::May2019), "409");
    assert_eq!(expected("APPT-VER-07", Edition::March2024), "409");
    assert_eq!(expected("APPT-VER-08", Edition::FhirR4), "412 (tolerated: 409)");
}

#[test]
fn what_was_only_observed_or_left_open_never_fails() {
    for requirement in &contract().unwrap().requirements {
        if matches!(requirement.level, Level::Observed | Level::Unspecified) {
            for edition in Edition::ALL {
                assert_ne!(requirement.breach(edition), Breach::Fail, "{}", requirement.id);
            }
        }
    }
}

#[test]
fn requirement_ids_have_one_form() {
    for text in ["APPT-VER-04", "APPT-COMB-23"] {
        assert!(text.parse::<RequirementId>().is_ok());
    }
    for text in ["", "VER-04", "APPT-VER-4", "APPT-VER-004", "APPT-XYZ-01", "appt-ver-04", "APPT-VER-0a"] {
        assert!(text.parse::<RequirementId>().is_err(), "{text}");
    }
}

#[test]
fn each_edition_shows_the_words_and_documents_of_its_page() {
    let contract = contract().unwrap();
    for requirement in &contract.requirements {
        for edition in Edition::ALL.into_iter().filter(|edition| requirement.standing(*edition).is_some()) {
            let source = requirement.source(edition);
            assert!(contract.sources.contains_key(&source.doc), "{} {edition}", requirement.id);
            if edition.is_vendor() {
                continue;
            }
            let words = format!("{} {}", requirement.title(edition), requirement.statement(edition));
            assert!(!words.contains("Video"), "{} {words}", requirement.id);
            let binding = matches!(requirement.level, Level::Must | Level::Should);
            let of_base = source.doc.starts_with("fhir-") || source.doc.starts_with("rfc");
            assert!(of_base || !binding, "{} cites {}", requirement.id, source.doc);
        }
    }
    let one_winner = contract.requirement(&"APPT-CONC-02".parse().unwrap()).unwrap();
    assert_eq!(one_winner.source(Edition::FhirR4).doc, "rfc9110");
    assert_eq!(one_winner.source(Edition::May2019).doc, "seed");
}
