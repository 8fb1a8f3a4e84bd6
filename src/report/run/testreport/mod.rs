//! A FHIR R4 TestReport of a run, with the TestScript it mirrors contained: one test for each case.
//!
//! R4 has no word for a run that decides nothing: only `conformant` is `pass`, everything else is `fail`, and the exact
//! verdict stands in an extension. Nothing that was skipped counts towards the score.

mod parts;
mod script;

use serde_json::{Value, json};

use parts::{BASE, operations, string};

use crate::record::{CaseRecord, ExchangeRecord, FindingRecord, RunRecord, RunVerdict, Verdict};
use crate::report::page::clean::clean;
use crate::report::page::exchange::response_lines;
use crate::report::page::words::{run_code, run_title};
use crate::report::run::requirement::source_link;

/// The R5 link from an assertion to a requirement, as R4 carries it.
const REQUIREMENT: &str =
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-TestReport.setup.action.assert.requirement";

/// The run as a TestReport.
pub fn testreport(record: &RunRecord) -> String {
    let verdict = record.summary.verdict;
    let title = format!("{} with edition {}", run_title(verdict), record.edition);
    let mut report = json!({
        "resourceType": "TestReport",
        "id": format!("patchproof-{}", compact(&record.started)),
        "text": { "status": "generated", "div": narrative(record, &title) },
        "contained": [script::script(record)],
        "extension": [
            { "url": extension("run"), "extension": [
                { "url": "edition", "valueCode": record.edition.id() },
                { "url": "seed", "valueString": record.seed.to_string() },
                { "url": "contract", "valueString": format!("sha256:{}", record.contract.digest) },
                { "url": "record", "valueString": record.schema },
            ] },
            { "url": extension("verdict"), "valueCode": run_code(verdict) },
        ],
        "identifier": { "system": format!("{BASE}/run"), "value": format!("{}/{}", compact(&record.started), record.seed) },
        "name": string(&format!("patchproof {}: {}", record.edition, record.contract.title)),
        "status": if record.cut_short.is_some() { "stopped" } else { "completed" },
        "testScript": { "reference": format!("#{}", script::ID), "display": script::NAME },
        "result": run_result(record),
        "tester": string(&format!("{} {}", record.tool.name, record.tool.version)),
        "issued": record.finished,
        "participant": [
            { "type": "test-engine", "uri": format!("{BASE}/releases/{}", record.tool.version),
              "display": string(&format!("{} {}", record.tool.name, record.tool.version)) },
            { "type": "server", "uri": uri(&record.target.base_url), "display": "server under test" },
        ],
    });
    if let Some(score) = score(record) {
        report["score"] = score;
    }
    let tests: Vec<Value> = record.cases.iter().enumerate().map(|(place, case)| test(record, place, case)).collect();
    if !tests.is_empty() {
        report["test"] = tests.into();
    }
    format!("{report:#}\n")
}

/// The result code of a report (R4 `report-result-codes`): what passed in part is pending, since the rest is still to be run.
fn run_result(record: &RunRecord) -> &'static str {
    match (record.summary.verdict, &record.cut_short) {
        (RunVerdict::Conformant, None) => "pass",
        (RunVerdict::SelectionPassed, None) => "pending",
        (RunVerdict::Conformant | RunVerdict::SelectionPassed, Some(_))
        | (RunVerdict::NotConformant | RunVerdict::Incomplete | RunVerdict::Error | RunVerdict::SelectionFailed, _) => {
            "fail"
        }
    }
}

fn test(record: &RunRecord, place: usize, case: &CaseRecord) -> Value {
    let ids = operations(record, case);
    let exchanges = ids.iter().filter_map(|id| record.exchange(*id));
    let mut actions: Vec<Value> = exchanges.map(|exchange| json!({ "operation": operation(exchange) })).collect();
    actions.extend(case.findings.iter().map(|finding| json!({ "assert": assertion(record, finding) })));
    if case.findings.is_empty() {
        // A test needs an action; a case in which nothing could be judged has a reason all the same.
        actions.push(json!({ "assert": { "result": result(case.verdict), "message": string(&case.reason) } }));
    }
    json!({
        "id": script::test_id(place),
        "extension": [{ "url": extension("verdict"), "valueCode": case.verdict.name() }],
        "name": string(&case.id.0),
        "description": string(&case.title),
        "action": actions,
    })
}

fn operation(exchange: &ExchangeRecord) -> Value {
    let time = (exchange.end_us.saturating_sub(exchange.begin_us)) as f64 / 1000.0;
    let response = response_lines(exchange, false).into_iter().next().unwrap_or_default();
    json!({
        "result": if exchange.received().is_some() { "pass" } else { "error" },
        "message": string(&format!("{} {}: {response} ({time:.1} ms)", exchange.request.method, exchange.request.url)),
        "detail": format!("run.json#/exchanges/{}", exchange.id),
    })
}

fn assertion(record: &RunRecord, finding: &FindingRecord) -> Value {
    let requirement = record.requirement(&finding.requirement);
    let statement = requirement.map(|requirement| requirement.statement.as_str()).unwrap_or_default();
    let details = match (finding.expected.as_str(), finding.found.as_str()) {
        ("", "") => String::new(),
        ("", found) => format!(" {found}"),
        (expected, found) => format!(" Expected {expected}; found {found}"),
    };
    let mut assertion = json!({
        "extension": [{ "url": extension("verdict"), "valueCode": finding.verdict.name() }],
        "result": result(finding.verdict),
        "message": string(&format!("{}: {statement}{details}", finding.requirement)),
    });
    if let Some(link) = requirement.and_then(|requirement| source_link(record, requirement)) {
        let requirement = json!({ "url": REQUIREMENT, "extension": [{ "url": "link", "valueUri": link }] });
        if let Some(list) = assertion["extension"].as_array_mut() {
            list.push(requirement);
        }
    }
    if let Some(id) = finding.exchange {
        assertion["detail"] = format!("run.json#/exchanges/{id}").into();
    }
    assertion
}

/// What R4 calls a verdict.
const fn result(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Error | Verdict::Inconclusive => "error",
        Verdict::Fail => "fail",
        Verdict::Warn => "warning",
        Verdict::Pass | Verdict::Observed => "pass",
        Verdict::NotTested | Verdict::NotApplicable => "skip",
    }
}

/// The part of the cases that concern the target and passed, in per cent; skipped cases count against it.
fn score(record: &RunRecord) -> Option<Value> {
    let count = |verdict: Verdict| record.summary.cases.get(&verdict).copied().unwrap_or_default();
    let apart = count(Verdict::NotApplicable) + count(Verdict::Observed);
    let all = record.summary.cases.values().sum::<usize>() - apart;
    let passed = count(Verdict::Pass) + count(Verdict::Warn);
    // A tenth of a per cent, cut and not rounded: 100 stands only where nothing is missing.
    (all > 0).then(|| json!((passed * 1000 / all) as f64 / 10.0))
}

fn narrative(record: &RunRecord, title: &str) -> String {
    let text = format!("{title}: {}", record.summary.reason);
    let safe = clean(&text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{safe}</p></div>")
}

fn extension(name: &str) -> String {
    format!("{BASE}/StructureDefinition/{name}")
}

/// A FHIR uri has no white space.
fn uri(text: &str) -> String {
    let text: String = clean(text).chars().filter(|character| !character.is_whitespace()).collect();
    if text.is_empty() { "urn:unknown".to_owned() } else { text }
}

/// An instant as letters and digits that an id may have.
fn compact(instant: &str) -> String {
    instant.chars().filter(|character| character.is_ascii_alphanumeric()).take(40).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::report::samples;

    fn read(record: &RunRecord) -> Value {
        serde_json::from_str(&testreport(record)).unwrap()
    }

    #[test]
    fn only_a_whole_and_conformant_run_passes() {
        let mut record = samples::empty();
        assert_eq!(read(&record)["result"], "pass");
        use RunVerdict::{Error, Incomplete, NotConformant, SelectionFailed, SelectionPassed};
        for verdict in [NotConformant, Incomplete, Error, SelectionFailed] {
            record.summary.verdict = verdict;
            assert_eq!(read(&record)["result"], "fail");
        }
        record.summary.verdict = SelectionPassed;
        assert_eq!(read(&record)["result"], "pending");
        record.summary.verdict = RunVerdict::Conformant;
        record.cut_short = Some("interrupted".to_owned());
        assert_eq!((&read(&record)["result"], &read(&record)["status"]), (&json!("fail"), &json!("stopped")));
    }

    #[test]
    fn every_case_is_a_test_of_the_report_and_of_its_script() {
        let record = samples::full();
        let report = read(&record);
        let tests = report["test"].as_array().unwrap();
        let script = report["contained"][0]["test"].as_array().unwrap();
        assert_eq!((tests.len(), script.len()), (record.cases.len(), record.cases.len()));
        for (test, script) in tests.iter().zip(script) {
            assert_eq!((&test["id"], &test["name"]), (&script["id"], &script["name"]));
            for action in test["action"].as_array().unwrap() {
                let kinds = ["operation", "assert"].iter().filter(|kind| action.get(**kind).is_some()).count();
                assert_eq!(kinds, 1, "an action is an operation or an assertion");
            }
        }
    }

    #[test]
    fn skipped_cases_count_against_the_score() {
        let mut record = samples::empty();
        record.summary.cases = [(Verdict::Pass, 2), (Verdict::NotTested, 1), (Verdict::NotApplicable, 5)].into();
        assert_eq!(read(&record)["score"], json!(66.6));
    }
}
