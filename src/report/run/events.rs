//! A run as JSON Lines for tools: one object a line, each with `event` first; unknown events and members are to be ignored.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::record::{
    CaseId, CaseRecord, Edition, ExchangeId, Level, RequirementId, RunRecord, RunVerdict, Tool, Verdict,
};
use crate::words::schema::{document, generator};

/// The version of this form.
const SCHEMA: &str = "patchproof/events/1";

/// One line.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'r> {
    /// What is about to be done, before the first request.
    RunStarted(Started<'r>),
    /// How far the run is.
    Progress(Progress),
    /// The result of one case.
    CaseFinished(CaseFinished<'r>),
    /// The result of the run; the last event.
    RunFinished(Box<RunFinished<'r>>),
}

#[derive(Serialize, JsonSchema)]
struct Started<'r> {
    /// The version of this form, as in `patchproof/events/1`.
    schema: &'r str,
    /// What makes the run.
    tool: &'r Tool,
    /// The edition of the contract that is applied.
    edition: Edition,
    /// The base URL of the server under test.
    target: &'r str,
    /// What everything random is drawn from.
    seed: u64,
    /// What the plan asks for.
    planned: Planned,
}

#[derive(Serialize, JsonSchema)]
struct Planned {
    /// Cases.
    cases: usize,
    /// Requests.
    requests: usize,
}

#[derive(Serialize, JsonSchema)]
struct Progress {
    /// Requests that have ended so far.
    requests: usize,
    /// Requests planned.
    planned: usize,
    /// Cases that were sent so far.
    cases: usize,
}

#[derive(Serialize, JsonSchema)]
struct CaseFinished<'r> {
    /// The stable id of the case.
    case: &'r CaseId,
    /// What the case does, as a short phrase.
    title: &'r str,
    /// The worst verdict of its findings.
    verdict: Verdict,
    /// What the worst finding found.
    reason: &'r str,
    /// Where it is written: file and line.
    origin: &'r str,
    /// The requirements that something in the case is judged for.
    requirements: &'r [RequirementId],
    /// What was judged.
    findings: Vec<FindingTold<'r>>,
}

/// One judgement of one requirement.
#[derive(Serialize, JsonSchema)]
struct FindingTold<'r> {
    /// The requirement.
    requirement: &'r RequirementId,
    /// The verdict of this finding.
    verdict: Verdict,
    /// What would have been right.
    expected: &'r str,
    /// What was found.
    found: &'r str,
    /// The exchange of the record where it was found.
    exchange: Option<ExchangeId>,
}

#[derive(Serialize, JsonSchema)]
struct RunFinished<'r> {
    /// The verdict.
    verdict: RunVerdict,
    /// One sentence that says what the verdict rests on.
    reason: &'r str,
    /// The code that `patchproof run` exits with.
    exit_code: u8,
    /// Requirements of the edition itself, by level and verdict.
    counts: &'r BTreeMap<Level, BTreeMap<Verdict, usize>>,
    /// Inherited requirements, by level and verdict.
    inherited: &'r BTreeMap<Level, BTreeMap<Verdict, usize>>,
    /// Cases, by verdict.
    cases: &'r BTreeMap<Verdict, usize>,
    /// Requests that were sent.
    requests: usize,
    /// RFC 3339.
    started: &'r str,
    /// RFC 3339.
    finished: &'r str,
    /// Why the run ended before its plan did, where it did.
    cut_short: Option<&'r str>,
}

/// `run-started`: what is about to be done, before the first request. `tool` is what makes the run.
pub fn started(tool: &Tool, edition: Edition, target: &str, seed: u64, cases: usize, requests: usize) -> String {
    let planned = Planned { cases, requests };
    line(&Event::RunStarted(Started { schema: SCHEMA, tool, edition, target, seed, planned }))
}

/// `progress`: how many requests have ended so far, of how many planned, and how many cases were sent.
pub fn progress(requests: usize, planned: usize, cases: usize) -> String {
    line(&Event::Progress(Progress { requests, planned, cases }))
}

/// `case-finished` for every case, then `run-finished`. Verdicts follow the evidence, so they come at the end of a run.
pub fn finished(record: &RunRecord) -> String {
    let mut text: String = record.cases.iter().map(|finished| line(&Event::CaseFinished(case(finished)))).collect();
    let summary = &record.summary;
    text.push_str(&line(&Event::RunFinished(Box::new(RunFinished {
        verdict: summary.verdict,
        reason: &summary.reason,
        exit_code: summary.exit_code,
        counts: &summary.counts,
        inherited: &summary.inherited,
        cases: &summary.cases,
        requests: record.plan.requests_sent,
        started: &record.started,
        finished: &record.finished,
        cut_short: record.cut_short.as_deref(),
    }))));
    text
}

/// All events of a run from its record.
pub fn events(record: &RunRecord) -> String {
    let target = &record.target.base_url;
    let start = started(&record.tool, record.edition, target, record.seed, record.cases.len(), record.plan.requests);
    start + &finished(record)
}

/// The JSON Schema of one line, as pretty JSON text that ends with a line feed.
pub fn schema() -> String {
    let mut generator = generator();
    let body = generator.root_schema_for::<Event<'_>>().to_value();
    document("patchproof event", body, generator)
}

fn case(record: &CaseRecord) -> CaseFinished<'_> {
    let findings = record.findings.iter().map(|finding| FindingTold {
        requirement: &finding.requirement,
        verdict: finding.verdict,
        expected: &finding.expected,
        found: &finding.found,
        exchange: finding.exchange,
    });
    CaseFinished {
        case: &record.id,
        title: &record.title,
        verdict: record.verdict,
        reason: &record.reason,
        origin: &record.origin,
        requirements: &record.requirements,
        findings: findings.collect(),
    }
}

fn line(event: &Event<'_>) -> String {
    // Through a value: every member of an event has a form in JSON, so none is lost.
    format!("{}\n", json!(event))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::Value;

    use super::*;
    use crate::report::samples;

    #[test]
    fn every_line_is_an_object_with_an_event() {
        let record = samples::full();
        let text = events(&record);
        let names: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!((names.first().unwrap().as_str(), names.last().unwrap().as_str()), ("run-started", "run-finished"));
        assert_eq!(names.iter().filter(|name| *name == "case-finished").count(), record.cases.len());
        assert!(progress(1, 2, 0).starts_with("{\"event\":\"progress\""));
    }

    #[test]
    fn the_version_is_that_of_the_record() {
        let mut record = samples::empty();
        record.tool.version = "77.0.1".to_owned();
        let text = events(&record);
        let start: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(start["tool"], json!({ "name": "patchproof", "version": "77.0.1" }));
    }
}
