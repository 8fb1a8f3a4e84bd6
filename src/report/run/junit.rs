//! JUnit XML: one suite for each scenario file, one test case for each case.
//!
//! `fail` is a failure; `inconclusive` and `error` are errors, as neither says that the rule is kept or broken;
//! what follows from something else, `not-tested` and `not-applicable` are skipped; `pass`, `warn` and `observed` pass, and a property tells them apart.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite, XmlString};

use super::requirement::source;
use crate::record::{
    CaseRecord, Cause, ExchangeRecord, FindingRecord, RequirementId, RequirementRecord, RunRecord, Standing, Verdict,
};
use crate::report::page::clean::clean_lines;
use crate::report::page::curl::curl;
use crate::report::page::exchange::{request_lines, response_lines};
use crate::report::page::words::run_code;

/// The cases of a run as JUnit XML.
///
/// # Errors
/// The error of the writer, as text.
pub fn junit(record: &RunRecord) -> Result<String, String> {
    let requirements: BTreeMap<&RequirementId, &RequirementRecord> =
        record.requirements.iter().map(|requirement| (&requirement.id, requirement)).collect();
    let mut suites: Vec<TestSuite> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &record.cases {
        let file = case.origin.rsplit_once(':').map_or(case.origin.as_str(), |(file, _)| file);
        let place = *places.entry(file).or_insert_with(|| {
            suites.push(suite(record, file));
            suites.len() - 1
        });
        if let Some(suite) = suites.get_mut(place) {
            suite.add_test_case(test_case(record, &requirements, case));
        }
    }
    for suite in &mut suites {
        let times = suite.test_cases.iter().filter_map(|case| case.time);
        suite.set_time(times.fold(Duration::ZERO, Duration::saturating_add));
    }
    let mut report = Report::new(safe(&format!("patchproof {}", record.edition)));
    if let Some((started, finished)) = instants(record) {
        report.set_time(Duration::from_millis(finished.saturating_sub(started)));
    }
    report.add_test_suites(suites);
    report.to_string().map_err(|error| error.to_string())
}

fn suite(record: &RunRecord, file: &str) -> TestSuite {
    let mut suite = TestSuite::new(safe(file));
    suite.extra.insert("timestamp".into(), safe(&record.started));
    let facts = [
        ("target", record.target.base_url.clone()),
        ("edition", record.edition.to_string()),
        ("verdict", run_code(record.summary.verdict).to_owned()),
        ("seed", record.seed.to_string()),
        ("tool", format!("{} {}", record.tool.name, record.tool.version)),
        ("contract", record.contract.digest.clone()),
    ];
    suite.add_properties(facts.into_iter().map(|(name, value)| Property::new(name, safe(&value))));
    suite
}

fn test_case(
    record: &RunRecord,
    requirements: &BTreeMap<&RequirementId, &RequirementRecord>,
    case: &CaseRecord,
) -> TestCase {
    let cause = cause(case);
    let mut status = match (case.verdict, &cause) {
        (Verdict::Pass | Verdict::Warn | Verdict::Observed, _) => TestCaseStatus::success(),
        (Verdict::Fail, _) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Verdict::Inconclusive, None) | (Verdict::Error, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (Verdict::Inconclusive, Some(_)) | (Verdict::NotTested | Verdict::NotApplicable, _) => {
            TestCaseStatus::skipped()
        }
    };
    let worst = case.findings.iter().find(|finding| finding.verdict == case.verdict);
    match (case.verdict, cause) {
        (Verdict::Inconclusive, Some(root)) => {
            status.set_type(safe(&format!("follows from {root}")));
            status.set_message(safe(&format!("follows from {root}: {}", case.reason)));
        }
        (Verdict::Fail | Verdict::Inconclusive | Verdict::Error, _) => {
            let kind = worst.map_or(case.verdict.name().to_owned(), |finding| {
                format!("{}: {}", case.verdict.name(), finding.requirement)
            });
            status.set_type(safe(&kind));
            status.set_message(safe(&case.reason));
            status.set_description(safe(&description(record, requirements, case)));
        }
        (Verdict::NotTested | Verdict::NotApplicable, _) => {
            status.set_type(case.verdict.name());
            status.set_message(safe(&case.reason));
        }
        (Verdict::Pass | Verdict::Warn | Verdict::Observed, _) => {}
    }
    add_reruns(&mut status, record, case);
    let class = case.id.0.split('/').next().unwrap_or_default();
    let mut test_case = TestCase::new(safe(&case.id.0), status);
    test_case.set_classname(safe(&format!("{}.{class}", record.edition)));
    test_case.set_time(Duration::from_micros(micros(record, case)));
    test_case.add_property(Property::new("verdict", case.verdict.name()));
    for id in &case.requirements {
        test_case.add_property(Property::new("requirement", id.as_str()));
    }
    if decided_elsewhere(record, requirements, case) {
        test_case.add_property(Property::new("standing", "inherited"));
    }
    match case.verdict {
        Verdict::Warn => _ = test_case.set_system_out(safe(&description(record, requirements, case))),
        Verdict::Observed if !case.reason.is_empty() => {
            test_case.set_system_out(safe(&format!("{}: {}", case.verdict.name(), case.reason)));
        }
        Verdict::Observed
        | Verdict::Error
        | Verdict::Fail
        | Verdict::Inconclusive
        | Verdict::NotTested
        | Verdict::Pass
        | Verdict::NotApplicable => {}
    }
    test_case
}

/// What was asked once more, as Surefire writes it: beside a pass, what came before it; beside the rest, what came after.
fn add_reruns(status: &mut TestCaseStatus, record: &RunRecord, case: &CaseRecord) {
    let attempts: Vec<_> = record.attempts().filter(|attempt| *attempt.case == case.id).collect();
    if !attempts.iter().any(|attempt| attempt.again) {
        return;
    }
    let is_success = matches!(status, TestCaseStatus::Success { .. });
    for attempt in attempts.into_iter().filter(|attempt| attempt.again != is_success) {
        let ids =
            attempt.steps.iter().flat_map(|step| [step.before, Some(step.exchange), step.first_after, step.after]);
        let shown = ids.flatten().filter_map(|id| record.exchange(id)).filter(|one| says_nothing(one));
        let mut sent: Vec<String> = shown.map(found).collect();
        sent.dedup();
        if sent.is_empty() {
            continue;
        }
        let mut rerun = TestRerun::new(NonSuccessKind::Error);
        rerun.set_type(if attempt.again { "asked once more" } else { "says nothing of the contract" });
        rerun.set_message(safe(&format!("found {}", sent.join(", then "))));
        status.add_rerun(rerun);
    }
}

/// Whether a response says nothing of the contract.
fn says_nothing(exchange: &ExchangeRecord) -> bool {
    exchange.status().is_none_or(|status| matches!(status.get(), 429 | 502..=504))
}

/// The response to a request in a word.
fn found(exchange: &ExchangeRecord) -> String {
    exchange.status().map_or_else(|| "no response".to_owned(), |status| status.to_string())
}

/// What a case follows from, where nothing else makes its verdict: it is shown there.
fn cause(case: &CaseRecord) -> Option<String> {
    let mut deciding = case.findings.iter().filter(|finding| finding.verdict == case.verdict);
    let first = deciding.clone().next()?.cause.as_ref()?;
    deciding.all(|finding| finding.cause.is_some()).then(|| match first {
        Cause::Headline => "the headline of the run".to_owned(),
        Cause::Rule(root) => root.to_string(),
    })
}

/// Whether what is wrong with a case concerns only inherited requirements, which do not decide.
fn decided_elsewhere(
    record: &RunRecord,
    requirements: &BTreeMap<&RequirementId, &RequirementRecord>,
    case: &CaseRecord,
) -> bool {
    let mut worst = case.findings.iter().filter(|finding| finding.verdict == case.verdict).peekable();
    let inherited = |finding: &FindingRecord| {
        requirements.get(&finding.requirement).is_some_and(|requirement| requirement.standing == Standing::Inherited)
    };
    !record.strict_base && case.verdict == Verdict::Fail && worst.peek().is_some() && worst.all(inherited)
}

/// The findings that make the verdict: the rule, the request and the response, what was expected, and a curl line.
fn description(
    record: &RunRecord,
    requirements: &BTreeMap<&RequirementId, &RequirementRecord>,
    case: &CaseRecord,
) -> String {
    let mut lines = vec![format!("{} ({})", case.title, case.origin)];
    let mut shown = Vec::new();
    for finding in case.findings.iter().filter(|finding| finding.verdict == case.verdict) {
        lines.push(String::new());
        if let Some(rule) = requirements.get(&finding.requirement) {
            lines.push(format!("{} {}: {}", rule.id, rule.level.name(), rule.statement));
            lines.push(format!("source: {}", source(rule)));
        }
        if !finding.expected.is_empty() {
            lines.push(format!("expected: {}", finding.expected));
        }
        lines.push(format!("found: {}", finding.found));
        let Some(exchange) = finding.exchange.and_then(|id| record.exchange(id)) else { continue };
        if shown.contains(&exchange.id) {
            continue;
        }
        shown.push(exchange.id);
        lines.push(format!("sent: {}", request_lines(record, exchange, false).join("\n      ")));
        lines.push(format!("received: {}", response_lines(exchange, false).join("\n          ")));
        if let Some(trace) = &exchange.trace {
            lines.push(format!("trace: {trace}"));
        }
        lines.push(format!("try: {}", curl(exchange)));
    }
    lines.join("\n")
}

/// The time of the requests a case rests on; a read that several cases share counts in each.
fn micros(record: &RunRecord, case: &CaseRecord) -> u64 {
    let exchanges = case.exchanges.iter().filter_map(|id| record.exchange(*id));
    // A record from elsewhere may have any clock.
    exchanges.map(|exchange| exchange.end_us.saturating_sub(exchange.begin_us)).fold(0, u64::saturating_add)
}

fn instants(record: &RunRecord) -> Option<(u64, u64)> {
    let instant = |text: &str| u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()).ok();
    Some((instant(&record.started)?, instant(&record.finished)?))
}

/// Text without what hides or turns it; what XML cannot hold is left out by the writer.
fn safe(text: &str) -> XmlString {
    XmlString::new(clean_lines(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::report::samples;

    #[test]
    fn each_verdict_has_its_child() {
        let record = samples::full();
        let text = junit(&record).unwrap();
        let count = |needle: &str| text.matches(needle).count();
        let cases = |verdicts: &[Verdict]| record.cases.iter().filter(|case| verdicts.contains(&case.verdict)).count();
        assert_eq!(count("<testcase "), record.cases.len());
        assert_eq!(count("<failure "), cases(&[Verdict::Fail]));
        assert_eq!(count("<error "), cases(&[Verdict::Error, Verdict::Inconclusive]));
        assert_eq!(count("<skipped "), cases(&[Verdict::NotTested, Verdict::NotApplicable]));
        assert!(text.contains("<property name=\"requirement\" value=\"APPT-VER-04\"/>"));
        assert_eq!(count("name=\"standing\" value=\"inherited\""), 1, "base/one fails for an inherited rule alone");
    }

    #[test]
    fn what_a_target_sends_stays_text() {
        let mut record = samples::full();
        for case in &mut record.cases {
            case.reason = "]]></failure><x a=\"\u{0}\u{1b}[31m\u{202e}\">".to_owned();
        }
        let text = junit(&record).unwrap();
        assert!(!text.contains("<x a=") && !text.contains('\u{1b}') && !text.contains('\u{202e}'));
        assert_eq!(text.matches("</failure>").count(), text.matches("<failure ").count());
    }
}
