//! What counts as worse, what comes first, and what is not compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::samples::{Sample, exchange};
use super::*;
use crate::record::{Level, RunRecord, Standing, Verdict};

fn compared(before: &RunRecord, after: &RunRecord) -> Comparison {
    let none = Snapshots::new();
    let run = |name, record| Run { name, record, snapshots: &none };
    compare(run("a.json", before), run("b.json", after))
}

fn ids(changes: &[RequirementChange]) -> Vec<&str> {
    changes.iter().map(|change| change.requirement.as_str()).collect()
}

fn must(verdict: Verdict) -> Sample {
    Sample::default().requirement("APPT-VER-04", Level::Must, verdict).case("a/case", "APPT-VER-04", verdict)
}

#[test]
fn every_change_of_verdict_has_its_direction() {
    let sign = |before, after| match Direction::of(before, after) {
        None => '.',
        Some(Direction::Worse) => 'W',
        Some(Direction::Better) => 'b',
        Some(Direction::Aside) => '~',
    };
    let rows = Verdict::ALL.map(|before| {
        let row: String = Verdict::ALL.into_iter().map(|after| sign(before, after)).collect();
        format!("{:<15}{row}", before.name())
    });
    // Across, in the same order: error, fail, inconclusive, not-tested, warn, pass, observed, not-applicable.
    assert_eq!(
        rows,
        [
            "error          .W~~bbb~",
            "fail           W.~Wbbb~",
            "inconclusive   WW.~bbb~",
            "not-tested     WWW.bbb~",
            "warn           WWWW.bb~",
            "pass           WWWWW.~~",
            "observed       WWWWW~.~",
            "not-applicable WWWWW~~.",
        ]
    );
}

#[test]
fn a_run_beside_itself_shows_nothing() {
    let record = must(Verdict::Fail).exchange(exchange(0, "PATCH", None, 200, None)).record();
    let comparison = compared(&record, &record);
    assert!(comparison.is_empty() && !comparison.regressed() && comparison.warnings.is_empty());
    assert!(comparison.same_target && comparison.only_before.is_empty() && comparison.only_after.is_empty());
}

#[test]
fn regressions_come_by_what_decides_then_level_then_verdict_then_harm_then_plainness_then_breadth() {
    use Level::{Must, Should};
    let plan: [(&str, Level, Standing, Verdict, &[&str]); 8] = [
        ("APPT-BASE-01", Must, Standing::Inherited, Verdict::Fail, &["base/one"]),
        ("APPT-VER-30", Should, Standing::Native, Verdict::Fail, &["should/one"]),
        ("APPT-VER-31", Must, Standing::Native, Verdict::Inconclusive, &["lost/one"]),
        ("APPT-RSP-01", Must, Standing::Native, Verdict::Fail, &["r/1", "r/2", "r/3", "r/4", "r/5"]),
        ("APPT-TRN-01", Must, Standing::Native, Verdict::Fail, &["t/1", "t/2", "t/3"]),
        ("APPT-CONC-02", Must, Standing::Native, Verdict::Fail, &["race/a", "race/b", "race/c"]),
        ("APPT-VER-04", Must, Standing::Native, Verdict::Fail, &["if-match/x"]),
        ("APPT-VER-08", Must, Standing::Native, Verdict::Fail, &["if-match/y", "if-match/z"]),
    ];
    let run = |bad: bool| {
        let mut sample = Sample::default();
        for (id, level, standing, verdict, cases) in plan {
            let verdict = if bad { verdict } else { Verdict::Pass };
            sample = sample.standing(id, level, standing, verdict);
            for case in cases {
                sample = match case.starts_with("race/") {
                    true => sample.property(case, id, verdict, None),
                    false => sample.case(case, id, verdict),
                };
            }
        }
        sample.record()
    };
    let worse = compared(&run(false), &run(true));
    let by_weight = [
        "APPT-VER-08",
        "APPT-VER-04",
        "APPT-CONC-02",
        "APPT-TRN-01",
        "APPT-RSP-01",
        "APPT-VER-31",
        "APPT-VER-30",
        "APPT-BASE-01",
    ];
    assert_eq!(ids(&worse.regressions), by_weight);
    assert!(worse.regressed() && worse.improvements.is_empty());
    // The way back is an improvement in the same order.
    let better = compared(&run(true), &run(false));
    assert!(!better.regressed() && better.regressions.is_empty());
    assert_eq!(better.improvements.len(), by_weight.len());
    let (mut strict_before, mut strict_after) = (run(false), run(true));
    (strict_before.strict_base, strict_after.strict_base) = (true, true);
    let strict = compared(&strict_before, &strict_after);
    assert_eq!(ids(&strict.regressions)[5], "APPT-BASE-01", "where the base is strict, inherited rules weigh the same");
}

#[test]
fn a_regression_shows_a_changed_case_and_its_exchange() {
    let case = |sample: Sample, second| {
        sample
            .requirement("APPT-VER-08", Level::Must, second)
            .property("always/broken", "APPT-VER-08", Verdict::Fail, None)
            .property("if-match/stale", "APPT-VER-08", second, Some(0))
    };
    let before = case(Sample::default(), Verdict::Pass).record();
    let after = case(Sample::default(), Verdict::Fail)
        .exchange(exchange(0, "PATCH", Some("W/\"1\""), 200, Some("W/\"2\"")))
        .record();
    let comparison = compared(&before, &after);
    let witness = comparison.regressions[0].witness.as_ref().unwrap();
    assert_eq!((witness.case.0.as_str(), witness.found.as_str()), ("if-match/stale", "fail in if-match/stale"));
    let glance = witness.glance.as_ref().unwrap();
    assert_eq!((glance.path.as_str(), glance.if_match.as_deref()), ("/Appointment/1", Some("W/\"1\"")));
    assert_eq!((glance.status, glance.etag.as_deref()), (Some(200), Some("W/\"2\"")));
    assert!(comparison.cases[0].explained, "the requirement names the case already");
}

#[test]
fn what_was_tested_and_is_no_more_is_a_regression() {
    for before in [Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::Observed] {
        let comparison = compared(&must(before).record(), &must(Verdict::NotTested).record());
        assert!(comparison.regressed(), "{before:?}");
        assert_eq!(ids(&comparison.regressions), ["APPT-VER-04"]);
    }
}

#[test]
fn a_case_that_got_worse_is_a_regression_even_where_its_requirement_was_broken_before() {
    let run = |second| must(Verdict::Fail).case("another/case", "APPT-VER-04", second).record();
    let comparison = compared(&run(Verdict::Pass), &run(Verdict::Fail));
    assert!(comparison.regressions.is_empty() && comparison.regressed());
    assert_eq!(comparison.cases[0].case.0, "another/case");
    assert!(!comparison.cases[0].explained);
    assert!(!compared(&run(Verdict::Fail), &run(Verdict::Pass)).regressed());
}

#[test]
fn what_only_one_run_was_asked_about_is_named_and_not_compared() {
    let before = must(Verdict::Pass).requirement("APPT-VER-05", Level::Must, Verdict::Pass).case(
        "other/case",
        "APPT-VER-05",
        Verdict::Pass,
    );
    // A run with a filter lists the requirement all the same, with no case.
    let after = must(Verdict::Pass).requirement("APPT-VER-05", Level::Must, Verdict::NotTested);
    let (before, after) = (before.record(), after.record());
    let comparison = compared(&before, &after);
    assert!(!comparison.regressed());
    assert_eq!(comparison.only_before.requirements.len(), 1);
    assert_eq!(comparison.only_before.cases.len(), 1);
    assert_eq!(comparison.warnings, ["only in `a.json`: 1 requirement, 1 case; these are not compared"]);
    assert_eq!(compared(&after, &before).only_after.cases.len(), 1);
}

#[test]
fn whatever_makes_runs_hard_to_compare_is_said() {
    type RequirementChange = fn(&mut RunRecord);
    let table: [(&str, RequirementChange); 7] = [
        ("the editions differ (fhir-r4 and 2024-03)", |record| record.edition = crate::record::Edition::March2024),
        ("the requirement tables differ", |record| record.contract.digest = "11".to_owned()),
        ("the tools differ (0.1.0 and 0.2.0)", |record| record.tool.version = "0.2.0".to_owned()),
        ("inherited requirements decide only in `b.json`", |record| record.strict_base = true),
        ("`b.json` is partial: interrupted", |record| record.cut_short = Some("interrupted".to_owned())),
        ("the seeds differ (7 and 8)", |record| {
            record.seed = 8;
            let sequence =
                r#"{"id":"sequences/walk","seed":8,"lists":1,"steps":1,"skipped":0,"undecided":0,"requests":1}"#;
            record.sequences.push(serde_json::from_str(sequence).unwrap());
        }),
        ("`a.json` is the later run", |record| record.started = "2025-12-31T00:00:00Z".to_owned()),
    ];
    let before = must(Verdict::Pass).record();
    for (said, change) in table {
        let mut after = before.clone();
        change(&mut after);
        let warnings = compared(&before, &after).warnings;
        assert!(warnings.len() == 1 && warnings[0].starts_with(said), "{said}: {warnings:?}");
    }
}

#[test]
fn targets_are_distinguished_by_their_url_and_the_embedded_server_is_one() {
    let at = |url: &str, embedded| {
        let mut record = must(Verdict::Pass).record();
        record.target.base_url = url.to_owned();
        record.target.embedded = embedded;
        record
    };
    let same = |one: RunRecord, other: RunRecord| compared(&one, &other).same_target;
    assert!(same(at("http://h/r4", false), at("http://h/r4/", false)));
    assert!(!same(at("http://h/r4", false), at("http://i/r4", false)));
    assert!(same(at("http://127.0.0.1:1/r4", true), at("http://127.0.0.1:2/r4", true)));
    assert!(!same(at("http://h/r4", false), at("http://h/r4", true)));
}

#[test]
fn drift_tells_changed_new_and_vanished_apart_and_is_no_regression() {
    let record = must(Verdict::Pass)
        .case("b", "APPT-VER-04", Verdict::Pass)
        .case("c", "APPT-VER-04", Verdict::Pass)
        .case("d", "APPT-VER-04", Verdict::Pass)
        .record();
    let texts = |list: &[(&str, &str)]| -> Snapshots {
        list.iter().map(|(id, text)| (crate::record::CaseId((*id).to_owned()), (*text).to_owned())).collect()
    };
    let old = texts(&[("a/case", "200\netag: W/tag\nx\n"), ("b", "1\n"), ("d", "same\n"), ("not-a-case", "1\n")]);
    let new = texts(&[("a/case", "200\netag: tag\nx\n"), ("c", "1\n"), ("d", "same\n")]);
    let run = |snapshots| Run { name: "x", record: &record, snapshots };
    let comparison = compare(run(&old), run(&new));
    let drift: Vec<_> = comparison.drift.iter().map(|drift| (drift.case.0.as_str(), drift.kind)).collect();
    assert_eq!(
        drift,
        [("a/case", SnapshotDiffKind::Changed), ("b", SnapshotDiffKind::Vanished), ("c", SnapshotDiffKind::New)]
    );
    assert_eq!(comparison.drift[0].diff, "@@ -1,3 +1,3 @@\n 200\n-etag: W/tag\n+etag: tag\n x\n");
    assert!(!comparison.regressed() && !comparison.is_empty());
    assert!(compare(run(&old), run(&Snapshots::new())).drift.is_empty(), "a run without snapshots is not compared");
}

#[test]
fn latencies_are_reported_by_kind_and_never_decide() {
    let run = |times: std::ops::RangeInclusive<u64>| {
        let mut sample = must(Verdict::Pass);
        for (id, time) in (0..).zip(times) {
            let mut exchange = exchange(id, "PATCH", None, 200, None);
            exchange.end_us = exchange.begin_us + time;
            sample = sample.exchange(exchange);
        }
        sample.exchange(exchange(99, "PATCH", None, 412, None)).record()
    };
    let comparison = compared(&run(1..=100), &run(301..=400));
    let latencies: Vec<_> = comparison
        .latencies
        .iter()
        .map(|latency| (latency.operation, latency.before.unwrap(), latency.ratio))
        .collect();
    let spread = |count, p50_us, p95_us| Spread { count, p50_us, p95_us };
    assert_eq!(latencies[0], (LatencyGroup::PatchCarriedOut, spread(100, 50, 95), Some(7.0)));
    assert_eq!(latencies[1], (LatencyGroup::PatchRefused, spread(1, 1000, 1000), Some(1.0)));
    assert!(!comparison.regressed() && comparison.is_empty());
}

#[test]
fn a_matrix_has_the_rows_of_all_editions_and_says_where_one_does_not_stand() {
    let one = Sample::default()
        .requirement("APPT-CONC-02", Level::Must, Verdict::Fail)
        .requirement("APPT-VER-04", Level::Must, Verdict::Pass)
        .record();
    let other = Sample::default()
        .requirement("APPT-VER-04", Level::Must, Verdict::Pass)
        .standing("APPT-BASE-01", Level::Should, Standing::Inherited, Verdict::Warn)
        .record();
    let runs = [("one".to_owned(), one), ("other".to_owned(), other)];
    let whole = matrix(&runs, false);
    let rows: Vec<(&str, Vec<Option<Verdict>>)> = whole
        .rows
        .iter()
        .map(|row| (row.requirement.as_str(), row.cells.iter().map(|cell| cell.map(|cell| cell.verdict)).collect()))
        .collect();
    assert_eq!(
        rows,
        [
            ("APPT-VER-04", vec![Some(Verdict::Pass), Some(Verdict::Pass)]),
            ("APPT-CONC-02", vec![Some(Verdict::Fail), None]),
            ("APPT-BASE-01", vec![None, Some(Verdict::Warn)]),
        ]
    );
    assert_eq!(whole.columns[0].totals, [(Verdict::Fail, 1), (Verdict::Pass, 1)].into());
    assert!(matrix(&runs, true).rows.is_empty(), "not to stand in an edition is no difference of implementations");
    let broken = Sample::default().requirement("APPT-VER-04", Level::Must, Verdict::Fail).record();
    let differences = matrix(&[runs.to_vec(), vec![("broken".to_owned(), broken)]].concat(), true);
    assert_eq!(differences.rows.len(), 1);
    assert_eq!(differences.columns[0].totals, [(Verdict::Pass, 1)].into(), "totals are those of the rows shown");
}

#[test]
fn a_comparison_survives_json() {
    let comparison = compared(&must(Verdict::Pass).record(), &must(Verdict::Fail).record());
    let json = serde_json::to_string(&comparison).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&json).unwrap(), comparison);
}
