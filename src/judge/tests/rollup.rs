//! What verdicts add up to: the case, and the run.

use crate::judge::rollup::{CaseResult, RequirementResult, beneath_headline, decide, decide_selection, declared_away};
use crate::judge::{Finding, RunVerdict, Verdict};
use crate::plan::CaseId;
use crate::suite::contract::{Level, Standing};
use crate::suite::scenario::Origin;

fn requirement(verdict: Verdict) -> RequirementResult {
    RequirementResult {
        cause: None,
        id: "APPT-VER-04".parse().unwrap(),
        level: Level::Must,
        standing: Standing::Native,
        verdict,
        reason: String::new(),
        cases: Vec::new(),
        beyond: false,
        may_warn: true,
    }
}

fn case(verdict: Verdict, selected: bool) -> CaseResult {
    CaseResult {
        id: CaseId("a/b".to_owned()),
        title: String::new(),
        requirements: Vec::new(),
        verdict,
        reason: String::new(),
        findings: Vec::new(),
        exchanges: Vec::new(),
        origin: Origin { file: "a.yaml".to_owned(), line: 1 },
        selected,
    }
}

#[test]
fn a_run_is_conformant_only_if_every_must_that_decides_is_kept_and_something_passed() {
    use RunVerdict::{Conformant, Incomplete, NotConformant};
    use Verdict::{Fail, Inconclusive, NotApplicable, NotTested, Observed, Pass, Warn};
    let kept = "all 1 MUST requirements that apply are kept";
    for (verdicts, verdict, reason) in [
        (&[][..], Incomplete, "no MUST requirement passed"),
        (&[NotApplicable, Observed], Incomplete, "no MUST requirement passed"),
        (&[Pass], Conformant, kept),
        (
            &[Warn],
            Conformant,
            "all 1 MUST requirements that apply are kept, 1 of them with a warning that a reading grants",
        ),
        (&[Pass, NotApplicable], Conformant, kept),
        (
            &[Pass, Warn],
            Conformant,
            "all 2 MUST requirements that apply are kept, 1 of them with a warning that a reading grants",
        ),
        (&[Pass, Fail], NotConformant, "1 MUST requirement is broken"),
        (&[Fail, Fail], NotConformant, "2 MUST requirements are broken"),
        (&[Pass, Inconclusive], Incomplete, "1 MUST requirement has no answer"),
        (&[Pass, NotTested], Incomplete, "1 MUST requirement has no answer"),
        (&[Pass, NotTested, Inconclusive], Incomplete, "2 MUST requirements have no answer"),
        (&[Inconclusive, Fail], NotConformant, "1 MUST requirement is broken"),
    ] {
        let requirements: Vec<_> = verdicts.iter().map(|verdict| requirement(*verdict)).collect();
        assert_eq!(decide(&[], &requirements, false), (verdict, reason.to_owned()), "{verdicts:?}");
    }
}

#[test]
fn a_warning_keeps_a_run_conformant_only_where_a_reading_grants_it() {
    let bare = RequirementResult { may_warn: false, ..requirement(Verdict::Warn) };
    let pass = RequirementResult { may_warn: false, ..requirement(Verdict::Pass) };
    let decided = |all: &[RequirementResult]| decide(&[], all, false);
    assert_eq!(decided(std::slice::from_ref(&pass)).0, RunVerdict::Conformant);
    let reason = "1 MUST requirement with a warning that no reading grants";
    assert_eq!(decided(&[pass.clone(), bare.clone()]), (RunVerdict::Incomplete, reason.to_owned()));
    assert_eq!(decided(&[bare.clone(), requirement(Verdict::Fail)]).0, RunVerdict::NotConformant);
    let should = RequirementResult { level: Level::Should, ..bare };
    assert_eq!(decided(&[pass, should]).0, RunVerdict::Conformant);
}

#[test]
fn only_what_binds_decides() {
    let pass = requirement(Verdict::Pass);
    let should = RequirementResult { level: Level::Should, ..requirement(Verdict::Fail) };
    let inherited = RequirementResult { standing: Standing::Inherited, ..requirement(Verdict::Fail) };
    let beyond = RequirementResult { beyond: true, ..requirement(Verdict::NotTested) };
    let told = |requirement: RequirementResult, strict: bool| decide(&[], &[pass.clone(), requirement], strict).0;
    assert_eq!(told(should, true), RunVerdict::Conformant);
    assert_eq!(told(inherited.clone(), false), RunVerdict::Conformant);
    assert_eq!(told(inherited, true), RunVerdict::NotConformant);
    assert_eq!(told(beyond, false), RunVerdict::Conformant);
}

#[test]
fn trouble_of_the_harness_comes_before_everything() {
    let failed = [requirement(Verdict::Fail)];
    let error = || case(Verdict::Error, true);
    let told = |cases: &[CaseResult]| decide(cases, &failed, false);
    assert_eq!(told(&[error()]), (RunVerdict::Error, "the harness failed in 1 case".to_owned()));
    assert_eq!(told(&[error(), error()]).1, "the harness failed in 2 cases");
    assert_eq!(told(&[case(Verdict::Error, false), case(Verdict::Pass, true)]).0, RunVerdict::NotConformant);
    let codes = [RunVerdict::Conformant, RunVerdict::NotConformant, RunVerdict::Incomplete, RunVerdict::Error];
    assert_eq!(codes.map(RunVerdict::exit_code), [0, 1, 4, 5]);
    assert_eq!(codes.map(RunVerdict::name), ["conformant", "not conformant", "incomplete", "error"]);
    let parts = [RunVerdict::SelectionPassed, RunVerdict::SelectionFailed];
    assert_eq!(parts.map(RunVerdict::exit_code), [0, 1]);
    assert_eq!(parts.map(RunVerdict::name), ["selection passed", "selection failed"]);
}

#[test]
fn a_selection_passes_where_every_case_of_it_passes() {
    use Verdict::{Error, Fail, Inconclusive, NotApplicable, NotTested, Observed, Pass, Warn};
    let told = |cases: &[Verdict], must: Verdict| {
        let mut results: Vec<CaseResult> = cases.iter().map(|verdict| case(*verdict, true)).collect();
        // What was not asked for counts for nothing.
        results.push(case(Fail, false));
        decide_selection(&results, &[requirement(must), requirement(NotTested)], false)
    };
    let passed =
        |reason: &str| (RunVerdict::SelectionPassed, format!("{reason}; a run of a selection certifies nothing"));
    let table: &[(&[Verdict], Verdict, (RunVerdict, String))] = &[
        (&[Pass], Pass, passed("1 of 1 selected case passed")),
        (&[Pass, Observed, NotApplicable], Pass, passed("1 of 3 selected cases passed")),
        (&[Pass, Fail], Fail, (RunVerdict::NotConformant, "1 MUST requirement is broken".to_owned())),
        // A SHOULD, or a rule of the base.
        (&[Pass, Fail], Pass, (RunVerdict::SelectionFailed, "1 of 2 selected cases fails".to_owned())),
        (&[Pass, Inconclusive], Pass, (RunVerdict::Incomplete, "1 of 2 selected cases has no answer".to_owned())),
        (
            &[NotTested, NotTested],
            NotTested,
            (RunVerdict::Incomplete, "2 of 2 selected cases have no answer".to_owned()),
        ),
        (&[Pass, Warn], Pass, passed("2 of 2 selected cases passed, 1 of them with a warning")),
        (&[Observed], NotTested, (RunVerdict::Incomplete, "no selected case passed".to_owned())),
        (&[Error, Fail], Fail, (RunVerdict::Error, "the harness failed in 1 case".to_owned())),
    ];
    for (cases, must, expected) in table {
        assert_eq!(&told(cases, *must), expected, "{cases:?}");
    }
    let doubtful = RequirementResult { may_warn: false, ..requirement(Warn) };
    let (verdict, reason) = decide_selection(&[case(Warn, true)], &[doubtful], false);
    assert_eq!(
        (verdict, reason.as_str()),
        (RunVerdict::Incomplete, "1 MUST requirement with a warning that no reading grants")
    );
}

#[test]
fn nothing_is_green_where_the_run_as_a_whole_came_to_nothing() {
    use RunVerdict::{Conformant, Error, Incomplete, NotConformant, SelectionFailed, SelectionPassed};
    let table = [
        (Conformant, Incomplete),
        (SelectionPassed, Incomplete),
        (SelectionFailed, SelectionFailed),
        (NotConformant, NotConformant),
        (Incomplete, Incomplete),
        (Error, Error),
    ];
    for (verdict, expected) in table {
        assert_eq!(beneath_headline(verdict), expected, "{verdict:?}");
    }
}

#[test]
fn a_case_has_the_verdict_and_the_reason_of_its_worst_finding() {
    let finding = |verdict, expected: &str, found: &str| Finding {
        case: CaseId("a/b".to_owned()),
        requirement: "APPT-VER-04".parse().unwrap(),
        verdict,
        expected: expected.to_owned(),
        found: found.to_owned(),
        exchange: None,
        also: Vec::new(),
        cause: None,
    };
    let told = |findings: Vec<Finding>| {
        let mut result = CaseResult { findings, ..case(Verdict::Pass, true) };
        result.conclude();
        (result.verdict, result.reason)
    };
    let pass = || finding(Verdict::Pass, "x", "y");
    assert_eq!(told(Vec::new()), (Verdict::NotTested, "the answer gave nothing to judge".to_owned()));
    assert_eq!(
        told(vec![pass(), finding(Verdict::Fail, "409", "200"), finding(Verdict::Fail, "", "late"), pass()]),
        (Verdict::Fail, "expected 409; found 200".to_owned())
    );
    assert_eq!(told(vec![pass(), finding(Verdict::Warn, "", "alone")]), (Verdict::Warn, "alone".to_owned()));
}

#[test]
fn what_was_declared_away_is_counted_in_the_verdict_line() {
    let declared = std::collections::BTreeSet::from(["we have none".to_owned()]);
    let one =
        |verdict, reason: &str, level| RequirementResult { level, reason: reason.to_owned(), ..requirement(verdict) };
    let away = one(Verdict::NotApplicable, "we have none", Level::Must);
    let others = [
        one(Verdict::NotApplicable, "seen to have none", Level::Must),
        one(Verdict::NotApplicable, "we have none", Level::Should),
        one(Verdict::Pass, "", Level::Must),
    ];
    let counted = |verdict, all: &[RequirementResult]| declared_away(&declared, verdict, all);
    assert_eq!(counted(RunVerdict::Conformant, &others), "");
    let two = [&others[..], &[away.clone(), away.clone()]].concat();
    assert_eq!(counted(RunVerdict::Conformant, &two), "; 2 MUST requirements were declared away");
    assert_eq!(counted(RunVerdict::Conformant, &[away]), "; 1 MUST requirement was declared away");
    assert_eq!(counted(RunVerdict::NotConformant, &two), "");
}
