//! A case that was sent again: whether it still fails, and what else changed.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{SnapshotSteps, differences, general};
use super::names::Placeholders;
use super::table::table;
use crate::record::{CaseId, CaseRecord, FindingRecord, RequirementId, RunRecord, Verdict};

/// What came of sending a case again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// Something was wrong, or could not be decided, and the case passes now.
    Fixed,
    /// It passed and passes.
    StillPassing,
    /// The same requirements are broken in the same way.
    StillFailing,
    /// It is judged differently than before, one line per difference.
    Different(Vec<String>),
    /// Undecided this time, with the reason.
    Unable(String),
}

/// Compares a case of a record with the same case of a later run.
pub fn again(was: &CaseRecord, now: &CaseRecord, of_text: bool) -> Again {
    match now.verdict {
        Verdict::Error | Verdict::Inconclusive | Verdict::NotTested | Verdict::NotApplicable => {
            return Again::Unable(format!("{}: {}", now.verdict.name(), now.reason));
        }
        Verdict::Fail | Verdict::Warn | Verdict::Pass | Verdict::Observed => {}
    }
    let (before, after) = (Troubles::of(was, of_text), Troubles::of(now, of_text));
    match (before.0.is_empty(), after.0.is_empty()) {
        (true, true) if matches!(was.verdict, Verdict::Pass | Verdict::Observed) => Again::StillPassing,
        (_, true) => Again::Fixed,
        _ if before == after => Again::StillFailing,
        _ => Again::Different(before.against(&after, was)),
    }
}

/// What changed in the responses to a case since an earlier run, as lines (see [`crate::record::DriftChange`]); empty where
/// nothing did, or where the requests cannot be compared.
pub fn changed_answers(before: &RunRecord, after: &RunRecord, id: &CaseId) -> Vec<String> {
    let text = |record: &RunRecord| super::of(record).remove(id).map(|text| general(&text));
    let (Some(was), Some(now)) = (text(before), text(after)) else { return Vec::new() };
    let (was, now) = (SnapshotSteps::of(&was), SnapshotSteps::of(&now));
    if was.questions() != now.questions() {
        return Vec::new();
    }
    let several = was.0.len() > 1;
    let pairs = (1..).zip(was.0.iter().zip(&now.0));
    pairs
        .flat_map(|(number, (was, now))| differences(&was.response, &now.response, several.then_some(number)))
        .collect()
}

/// Names like one that was not found: those that hold it, else those that read like it.
pub fn near<'n>(wanted: &str, names: &[&'n str]) -> Vec<&'n str> {
    const MOST: usize = 3;
    let holding: Vec<&str> = names.iter().copied().filter(|name| name.contains(wanted)).take(MOST).collect();
    if !holding.is_empty() { holding } else { similar::get_close_matches(wanted, names, MOST, 0.6) }
}

/// What is wrong with a case, by requirement: the verdict and the words for it.
#[derive(PartialEq)]
struct Troubles(BTreeMap<RequirementId, BTreeSet<(Verdict, String)>>);

impl Troubles {
    /// `of_text` says whether the words count. Those of a race or a generated list name whoever came first.
    fn of(case: &CaseRecord, of_text: bool) -> Troubles {
        let mut troubles: BTreeMap<RequirementId, BTreeSet<(Verdict, String)>> = BTreeMap::new();
        let wrong = case.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Fail | Verdict::Warn));
        for FindingRecord { requirement, verdict, found, .. } in wrong {
            let words = if of_text { settled(found) } else { String::new() };
            troubles.entry(requirement.clone()).or_default().insert((*verdict, words));
        }
        Troubles(troubles)
    }

    fn against(&self, now: &Troubles, case: &CaseRecord) -> Vec<String> {
        let ids: BTreeSet<&RequirementId> = self.0.keys().chain(now.0.keys()).collect();
        let listed = |troubles: &BTreeSet<(Verdict, String)>| {
            let words =
                troubles.iter().map(|(verdict, words)| format!("{} {words}", verdict.name()).trim_end().to_owned());
            words.collect::<Vec<_>>().join("; ")
        };
        let lines = ids.into_iter().filter_map(|id| match (self.0.get(id), now.0.get(id)) {
            (Some(was), Some(now)) if was == now => Some(format!("{id}: as before")),
            (Some(was), Some(now)) => Some(format!("{id}: was {}; now {}", listed(was), listed(now))),
            (Some(was), None) => Some(format!("{id}: was {}; now kept", listed(was))),
            (None, Some(now)) => Some(format!("{id}: was {}; now {}", verdict_of(case, id), listed(now))),
            (None, None) => None,
        });
        lines.collect()
    }
}

/// What a case had to say of a requirement that it did not find broken.
fn verdict_of(case: &CaseRecord, id: &RequirementId) -> &'static str {
    case.findings
        .iter()
        .find(|finding| finding.requirement == *id)
        .map_or(case.verdict, |finding| finding.verdict)
        .name()
}

/// The words of a finding without what changes with every run.
fn settled(found: &str) -> String {
    Placeholders::new(table()).text(found)
}
