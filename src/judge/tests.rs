//! Tests of the verdict rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cases;
mod checks;
mod effects;
mod lists;
mod made;
mod properties;
mod rollup;
mod served;
mod suspects;

use serde_json::json;

use super::bodies::Bodies;
use super::resource::contains;
use super::status::weigh;
use super::verdict::CheckResult::Broken;
use super::{RunVerdict, Verdict, judge};
use crate::execute::evidence::{Evidence, Payload, Reply};
use crate::plan::{Expanded, Selection, StatusRule, Supply, arrange, expand};
use crate::suite::check::shipped;
use crate::suite::contract::{Breach, CodeBasis, Edition, Expectation, Level, contract};
use crate::suite::scenario::Outcome;
use crate::words::fhir::StatusCode;

fn rule(level: Level, code: CodeBasis, breach: Breach, sets: serde_json::Value) -> StatusRule {
    let expect: Expectation = serde_json::from_value(sets).unwrap();
    StatusRule { requirement: "APPT-VER-04".parse().unwrap(), expect, code, breach, level }
}

#[test]
fn a_status_code_is_weighed_by_who_fixes_it() {
    use CodeBasis::{Base, Example, Inferred, Stated};
    use Outcome::{Accepted, Refused};
    let refusal = json!({ "status": [422], "tolerate": [400], "forbid": ["2xx"] });
    let success = json!({ "status": [200] });
    let table = [
        (Stated, Refused, &refusal, 422, Verdict::Pass),
        (Stated, Refused, &refusal, 400, Verdict::Warn),
        (Stated, Refused, &refusal, 409, Verdict::Fail),
        (Base, Refused, &refusal, 409, Verdict::Fail),
        (Inferred, Refused, &refusal, 409, Verdict::Warn),
        (Inferred, Refused, &refusal, 200, Verdict::Fail),
        (Inferred, Refused, &refusal, 500, Verdict::Fail),
        (Inferred, Refused, &refusal, 302, Verdict::Fail),
        (Example, Accepted, &success, 200, Verdict::Pass),
        (Example, Accepted, &success, 204, Verdict::Pass),
        // Which success it is, is the matter of BASE-01, which forbids 201 and 202 and tolerates 204.
        (Base, Accepted, &success, 204, Verdict::Pass),
        (Base, Accepted, &success, 201, Verdict::Fail),
        (Example, Accepted, &success, 422, Verdict::Fail),
    ];
    for (basis, outcome, sets, code, expected) in table {
        let rule = rule(Level::Must, basis, Breach::Fail, sets.clone());
        let found = weigh(&rule, outcome, StatusCode::new(code).unwrap());
        assert_eq!(found, expected, "{basis:?} {outcome:?} {code}");
    }
}

#[test]
fn what_no_document_decides_never_fails() {
    for level in [Level::Observed, Level::Unspecified] {
        for breach in [Breach::Observe, Breach::Warn, Breach::Fail] {
            for code in [200, 302, 400, 412, 500] {
                let rule = rule(level, CodeBasis::Unspecified, breach, json!({ "status": [412], "forbid": ["5xx"] }));
                let found = weigh(&rule, Outcome::Either, StatusCode::new(code).unwrap());
                assert!(matches!(found, Verdict::Observed | Verdict::Warn), "{level:?} {breach:?} {code}: {found:?}");
            }
        }
    }
}

#[test]
fn verdicts_add_up_in_the_order_of_the_design() {
    let mut shuffled = Verdict::ALL;
    shuffled.reverse();
    shuffled.sort_unstable();
    assert_eq!(
        shuffled.map(Verdict::name),
        ["error", "fail", "inconclusive", "not-tested", "warn", "pass", "observed", "not-applicable"]
    );
}

#[test]
fn a_run_in_which_nothing_was_sent_is_never_conformant() {
    let contract = contract().unwrap();
    let catalogue = shipped(contract).unwrap();
    for edition in Edition::ALL {
        let Expanded { cases, routes } = expand(&catalogue, contract, edition, &Selection::default()).unwrap();
        let plan = arrange(edition, cases, routes, &Supply::default());
        let judgement = judge(contract, &plan, &Evidence::default(), false);
        assert_ne!(judgement.verdict, RunVerdict::Conformant, "{edition}");
        assert!(judgement.requirements.iter().all(|requirement| requirement.verdict != Verdict::Pass), "{edition}");
    }
}

#[test]
fn every_requirement_of_the_edition_has_a_result() {
    let contract = contract().unwrap();
    let catalogue = shipped(contract).unwrap();
    for edition in Edition::ALL {
        let Expanded { cases, routes } = expand(&catalogue, contract, edition, &Selection::default()).unwrap();
        let plan = arrange(edition, cases, routes, &Supply::default());
        let judgement = judge(contract, &plan, &Evidence::default(), false);
        assert_eq!(judgement.requirements.len(), contract.of_edition(edition).count());
        assert!(judgement.requirements.iter().all(|requirement| !requirement.reason.is_empty()), "{edition}");
    }
}

#[test]
fn a_write_that_names_any_version_or_several_demands_none_in_particular() {
    use super::history::Checked;
    use super::lines::{Before, Line, check};
    let before = Before { etag: Some("W/\"1\"".to_owned()), value: None };
    for (tag, holds) in [("*", true), (" * ", true), ("\"1\",\"7\"", true), ("\"1\"", true), ("\"7\"", false)] {
        let line = json!({
            "client": 1, "op": "patch", "call": 1, "ret": 2, "if-match": tag, "etag": "W/\"2\"", "status": 200
        });
        let lines: Vec<Line> = vec![serde_json::from_value(line).unwrap()];
        assert_eq!(check(&lines, &before, super::history::HistoryRules::default()) == Checked::Holds, holds, "{tag}");
    }
}

#[test]
fn an_outcome_without_an_error_is_told_by_what_it_has() {
    let check = serde_json::from_value(json!({ "present": true, "has-error": true, "code": ["conflict"] })).unwrap();
    for (issues, expected) in [
        (json!([{ "severity": "warning", "code": "value" }]), "severities \"warning\""),
        (json!([{ "severity": "warning" }, { "severity": "information" }]), "severities \"warning\", \"information\""),
        (json!([{ "code": "value" }]), "severities none"),
        (json!([{ "severity": "error", "code": "value" }]), "codes \"value\""),
    ] {
        let body = json!({ "resourceType": "OperationOutcome", "issue": issues }).to_string();
        let Reply::Received(received) = made::reply_of(409, Vec::new(), Payload::Text(body)) else { panic!() };
        let bodies = Bodies::default();
        let Broken { found, .. } = super::outcome::check(&check, &received, &bodies) else { panic!("{issues} holds") };
        assert_eq!(found, expected);
    }
}

#[test]
fn a_part_is_found_anywhere_and_instants_are_equal_in_any_zone() {
    let whole = json!({ "x": [{ "value": "v", "period": { "start": "2026-01-01T10:00:00Z" }, "more": 1 }] });
    assert!(contains(&whole, &json!({ "value": "v", "period": { "start": "2026-01-01T12:00:00+02:00" } })));
    assert!(!contains(&whole, &json!({ "value": "w" })));
}
