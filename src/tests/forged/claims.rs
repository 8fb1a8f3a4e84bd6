//! Forgeries of what a record says: results, totals, the plan, the tables, digests.

use patchproof::judge::{RunVerdict, Verdict};
use patchproof::record::{CaseId, Edition, Level, NotRunKindRecord, NotRunRecord, RequirementRecord, RunRecord};

use super::Forgery;

pub(super) const FORGERIES: &[Forgery] = &[
    ("verdict", "of the run", |record| {
        record.summary.verdict = match record.summary.verdict {
            RunVerdict::Conformant => RunVerdict::NotConformant,
            RunVerdict::NotConformant
            | RunVerdict::Incomplete
            | RunVerdict::SelectionFailed
            | RunVerdict::SelectionPassed
            | RunVerdict::Error => RunVerdict::Conformant,
        };
    }),
    ("verdict", "of every case that failed", |record| {
        record.cases.iter_mut().for_each(|case| case.verdict = passed(case.verdict));
    }),
    ("verdict", "of every requirement that failed", |record| {
        record.requirements.iter_mut().for_each(|requirement| requirement.verdict = passed(requirement.verdict));
    }),
    ("verdict", "of a finding", |record| {
        let findings = record.cases.iter_mut().flat_map(|case| &mut case.findings);
        findings.for_each(|finding| finding.verdict = passed(finding.verdict));
    }),
    ("verdict", "a case that passed fails", |record| {
        record.cases.iter_mut().find(|case| case.verdict == Verdict::Pass).unwrap().verdict = Verdict::Fail;
    }),
    ("verdict", "everything is well, totals included", |record| {
        record.cases.iter_mut().for_each(|case| case.verdict = passed(case.verdict));
        record.requirements.iter_mut().for_each(|requirement| requirement.verdict = passed(requirement.verdict));
        record.summary.cases = std::iter::once((Verdict::Pass, record.cases.len())).collect();
        record.summary.verdict = RunVerdict::Conformant;
        record.summary.exit_code = 0;
        record.summary.reason = "all MUST requirements pass".to_owned();
    }),
    ("reason", "of the run", |record| record.summary.reason = "all is well".to_owned()),
    ("reason", "of a case", |record| record.cases[0].reason.push_str(" (waived)")),
    ("reason", "of a requirement", |record| record.requirements[0].reason.push_str(" (waived)")),
    ("reason", "what a finding found", |record| finding(record).found.push_str(" and it was mended")),
    ("reason", "what a finding expected", |record| finding(record).expected = "anything".to_owned()),
    ("reason", "the exchange of a finding", |record| finding(record).exchange = Some(0)),
    ("code", "the exit code", |record| record.summary.exit_code = if record.summary.exit_code == 0 { 1 } else { 0 }),
    ("totals", "of cases", |record| *record.summary.cases.entry(Verdict::Pass).or_default() += 1),
    ("totals", "of requirements", |record| {
        record.summary.counts.values_mut().for_each(std::collections::BTreeMap::clear)
    }),
    ("totals", "of inherited requirements", |record| record.summary.inherited.clear()),
    ("deletion", "the findings of all cases", |record| {
        record.cases.iter_mut().for_each(|case| case.findings.clear());
    }),
    ("deletion", "a case", |record| drop(record.cases.remove(0))),
    ("deletion", "a requirement", |record| drop(record.requirements.remove(0))),
    ("deletion", "every history", |record| record.histories.clear()),
    ("deletion", "the sequences", |record| record.sequences.clear()),
    ("deletion", "the documents", |record| record.contract.documents.clear()),
    ("duplicate", "a case", |record| record.cases.push(record.cases[0].clone())),
    ("duplicate", "a requirement", |record| record.requirements.push(record.requirements[0].clone())),
    ("order", "of the requirements", |record| record.requirements.reverse()),
    ("order", "of the cases", |record| record.cases.reverse()),
    ("edition", "another one", |record| record.edition = Edition::FhirR4),
    ("contract", "its digest", |record| record.contract.digest = "0".repeat(64)),
    ("contract", "its title", |record| record.contract.title.push('!')),
    ("contract", "a row of the status machine", |record| drop(record.contract.transitions.pop())),
    ("contract", "the statement of a requirement", |record| {
        requirement(record).statement = "Anything goes.".to_owned()
    }),
    ("contract", "the level of every requirement", |record| {
        record.requirements.iter_mut().for_each(|requirement| requirement.level = Level::May);
    }),
    ("contract", "that a requirement is beyond what decides", |record| requirement(record).beyond = true),
    ("contract", "the source of a requirement", |record| requirement(record).source.section.push('!')),
    ("suite", "its version", |record| record.suite.version += 1),
    ("suite", "the proof of it", |record| record.suite.kill_matrix = "0".repeat(64)),
    ("plan", "its digest", |record| record.digests.plan = "0".repeat(64)),
    ("plan", "the digest of the scenarios", |record| record.digests.scenarios = "0".repeat(64)),
    ("plan", "the requests of a case", |record| record.plan.decided.cases[0].requirements.clear()),
    ("plan", "a lane", |record| drop(record.plan.decided.lanes.pop())),
    ("plan", "the number of its requests", |record| record.plan.requests += 1),
    ("plan", "the number of requests sent", |record| record.plan.requests_sent += 1),
    ("plan", "where a case is written", |record| record.cases[0].origin = "elsewhere.yaml:1".to_owned()),
    ("not run", "a case that was run", |record| {
        let (case, reason) = (record.cases[0].id.clone(), "no time".to_owned());
        record.not_run.push(NotRunRecord { case, kind: NotRunKindRecord::Limit, reason });
    }),
    ("not run", "a case of no plan", |record| {
        let (case, reason) = (CaseId("none/such".to_owned()), "no time".to_owned());
        record.not_run.push(NotRunRecord { case, kind: NotRunKindRecord::Unavailable, reason });
    }),
    ("form", "its version", |record| record.schema = "patchproof/run/1".to_owned()),
    ("history", "the status of a line", |record| record.histories[0].lines[0].status = Some(500)),
    ("history", "the version before", |record| record.histories[0].etag = None),
];

/// Digests that are not computed again after one letter was changed.
pub(super) const DIGESTS: &[Forgery] = &[
    ("digest", "of the evidence", |record| record.digests.evidence = "0".repeat(64)),
    ("digest", "of the record", |record| record.digests.record = "0".repeat(64)),
    ("digest", "a header that no rule looks at", |record| {
        record.exchanges[0].request.headers.push(("x-other".to_owned(), "1".to_owned()));
    }),
    ("digest", "the version of the program", |record| record.tool.version = "9.9.9".to_owned()),
];

fn passed(verdict: Verdict) -> Verdict {
    if matches!(verdict, Verdict::Fail | Verdict::Warn) { Verdict::Pass } else { verdict }
}

fn finding(record: &mut RunRecord) -> &mut patchproof::record::FindingRecord {
    record.cases.iter_mut().find_map(|case| case.findings.first_mut()).unwrap()
}

fn requirement(record: &mut RunRecord) -> &mut RequirementRecord {
    record.requirements.first_mut().unwrap()
}
