//! A run as JSON Lines for tools: one object a line, each with `event` first; unknown events and members are to be ignored.

use serde_json::{Value, json};

use crate::record::{CaseRecord, Edition, RunRecord, Tool};
use crate::report::page::words::run_code;

/// The version of this form.
const SCHEMA: &str = "patchproof/events/1";

/// `run-started`: what is about to be done, before the first request. `tool` is what makes the run.
pub fn started(tool: &Tool, edition: Edition, target: &str, seed: u64, cases: usize, requests: usize) -> String {
    line(&json!({
        "event": "run-started", "schema": SCHEMA, "tool": tool, "edition": edition, "target": target, "seed": seed,
        "planned": { "cases": cases, "requests": requests },
    }))
}

/// `progress`: how many requests have ended so far, of how many planned, and how many cases were sent.
pub fn progress(requests: usize, planned: usize, cases: usize) -> String {
    line(&json!({ "event": "progress", "requests": requests, "planned": planned, "cases": cases }))
}

/// `case-finished` for every case, then `run-finished`. Verdicts follow the evidence, so they come at the end of a run.
pub fn finished(record: &RunRecord) -> String {
    let mut text: String = record.cases.iter().map(|record| line(&case(record))).collect();
    let summary = &record.summary;
    text.push_str(&line(&json!({
        "event": "run-finished",
        "verdict": run_code(summary.verdict),
        "reason": summary.reason,
        "exit_code": summary.exit_code,
        "counts": summary.counts,
        "inherited": summary.inherited,
        "cases": summary.cases,
        "requests": record.plan.requests_sent,
        "started": record.started,
        "finished": record.finished,
        "cut_short": record.cut_short,
    })));
    text
}

/// All events of a run from its record.
pub fn events(record: &RunRecord) -> String {
    let target = &record.target.base_url;
    let start = started(&record.tool, record.edition, target, record.seed, record.cases.len(), record.plan.requests);
    start + &finished(record)
}

fn case(case: &CaseRecord) -> Value {
    let findings: Vec<Value> = case
        .findings
        .iter()
        .map(|finding| {
            json!({
                "requirement": finding.requirement, "verdict": finding.verdict, "expected": finding.expected, "found": finding.found,
                "exchange": finding.exchange,
            })
        })
        .collect();
    json!({
        "event": "case-finished", "case": case.id, "title": case.title, "verdict": case.verdict, "reason": case.reason,
        "origin": case.origin, "requirements": case.requirements, "findings": findings,
    })
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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
