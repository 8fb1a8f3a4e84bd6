//! The two runs themselves: what they are, what only one of them has, and what makes them hard to compare.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::record::{CaseId, Edition, RequirementId, RequirementRecord, RunRecord, RunVerdict, Verdict};

/// The normalised response of each case, as text.
pub type Snapshots = BTreeMap<CaseId, String>;

/// One run to compare: what the reader calls it, its record, and the snapshots of its cases (none compares none).
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub name: &'a str,
    pub record: &'a RunRecord,
    pub snapshots: &'a Snapshots,
}

/// One of the runs compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedRun {
    /// What the reader calls it, as a file name.
    pub name: String,
    pub target: String,
    pub embedded: bool,
    pub edition: Edition,
    pub tool: String,
    /// The digest of the requirement table.
    pub contract: String,
    /// RFC 3339.
    pub started: String,
    pub seed: u64,
    pub verdict: RunVerdict,
    pub reason: String,
}

/// What only one of two runs has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Only {
    pub requirements: Vec<RequirementId>,
    pub cases: Vec<CaseId>,
}

impl Only {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty() && self.cases.is_empty()
    }
}

impl ComparedRun {
    pub(super) fn of(run: Run<'_>) -> ComparedRun {
        let record = run.record;
        ComparedRun {
            name: run.name.to_owned(),
            target: record.target.base_url.clone(),
            embedded: record.target.embedded,
            edition: record.edition,
            tool: format!("{} {}", record.tool.name, record.tool.version),
            contract: record.contract.digest.clone(),
            started: record.started.clone(),
            seed: record.seed,
            verdict: record.summary.verdict,
            reason: record.summary.reason.clone(),
        }
    }
}

/// Whether two runs were against one server. The embedded one listens on another port each time.
pub(super) fn same_target(before: &RunRecord, after: &RunRecord) -> bool {
    let bare = |record: &RunRecord| record.target.base_url.trim_end_matches('/').to_owned();
    match (before.target.embedded, after.target.embedded) {
        (true, true) => true,
        (false, false) => bare(before) == bare(after),
        (true, false) | (false, true) => false,
    }
}

/// The requirements a run was asked about: its cases name them, or it has a verdict on them without.
pub(super) fn asked(record: &RunRecord) -> impl Iterator<Item = &RequirementRecord> {
    let named: BTreeSet<&RequirementId> = record.cases.iter().flat_map(|case| &case.requirements).collect();
    record.requirements.iter().filter(move |requirement| {
        requirement.verdict != Verdict::NotTested || requirement.beyond || named.contains(&requirement.id)
    })
}

/// What only the one and what only the other has.
pub(super) fn only(before: &RunRecord, after: &RunRecord) -> (Only, Only) {
    let requirements = |record| asked(record).map(|requirement| &requirement.id).collect::<BTreeSet<_>>();
    let cases = |record: &'_ RunRecord| record.cases.iter().map(|case| case.id.clone()).collect::<BTreeSet<_>>();
    let (one, other) = (requirements(before), requirements(after));
    let (cases_one, cases_other) = (cases(before), cases(after));
    let only = |requirements: &BTreeSet<&RequirementId>,
                not: &BTreeSet<&RequirementId>,
                cases: &BTreeSet<CaseId>,
                other: &BTreeSet<CaseId>| Only {
        requirements: requirements.difference(not).map(|id| (*id).clone()).collect(),
        cases: cases.difference(other).cloned().collect(),
    };
    (only(&one, &other, &cases_one, &cases_other), only(&other, &one, &cases_other, &cases_one))
}

/// What a reader must know before reading on.
pub(super) fn warnings(before: Run<'_>, after: Run<'_>, only_before: &Only, only_after: &Only) -> Vec<String> {
    let (one, other) = (before.record, after.record);
    let mut warnings = Vec::new();
    if one.edition != other.edition {
        warnings.push(format!(
            "the editions differ ({} and {}): what they demand differs too, and only requirements in both are compared",
            one.edition, other.edition
        ));
    }
    if one.contract.digest != other.contract.digest {
        warnings.push("the requirement tables differ: a verdict may have changed because its rule did".to_owned());
    }
    if one.tool.version != other.tool.version {
        let (one, other) = (&one.tool.version, &other.tool.version);
        warnings
            .push(format!("the tools differ ({one} and {other}): a verdict may have changed because its check did"));
    }
    if one.strict_base != other.strict_base {
        let strict = if one.strict_base { before.name } else { after.name };
        warnings.push(format!("inherited requirements decide only in `{strict}` (--strict-base)"));
    }
    for run in [before, after] {
        if let Some(why) = &run.record.cut_short {
            warnings.push(format!("`{}` is partial: {why}", run.name));
        }
    }
    if one.seed != other.seed && !(one.sequences.is_empty() && other.sequences.is_empty()) {
        warnings.push(format!(
            "the seeds differ ({} and {}): generated sequences sent other requests",
            one.seed, other.seed
        ));
    }
    if same_target(one, other) && later(&one.started, &other.started) {
        warnings.push(format!(
            "`{}` is the later run ({} after {}): worse and better are relative to the first run",
            before.name, one.started, other.started
        ));
    }
    for (name, only) in [(before.name, only_before), (after.name, only_after)] {
        if !only.is_empty() {
            let counted = |count: usize, what: &str| match count {
                0 => None,
                1 => Some(format!("1 {what}")),
                _ => Some(format!("{count} {what}s")),
            };
            let parts = [counted(only.requirements.len(), "requirement"), counted(only.cases.len(), "case")];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            warnings.push(format!("only in `{name}`: {}; these are not compared", parts.join(", ")));
        }
    }
    warnings
}

fn later(one: &str, other: &str) -> bool {
    match (one.parse::<jiff::Timestamp>(), other.parse::<jiff::Timestamp>()) {
        (Ok(one), Ok(other)) => one > other,
        _ => false,
    }
}
