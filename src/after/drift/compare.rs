//! Compares the responses of a run with the accepted ones; what differs is drift, which affects no verdict.

use std::collections::{BTreeMap, BTreeSet};

use similar::{ChangeTag, TextDiff};

use super::names::replace_word;
use super::section::{ASKED, NO_RESPONSE, RESPONSE};
use crate::record::{CaseId, CaseRecord, DriftChange, DriftKind, DriftRecord, RunRecord, Verdict};

/// Responses of servers and gateways that had no time; the judge calls them inconclusive.
const OVERLOADED: [&str; 5] = ["< 429", "< 502", "< 503", "< 504", NO_RESPONSE];

/// How a run compares with what was accepted for its target and edition. `whole` says that every case of the edition was
/// asked for: in any other run, a case that is not in it is not missed.
pub fn compare(record: &RunRecord, whole: bool, target: &str, accepted: &BTreeMap<CaseId, String>) -> DriftRecord {
    let now = super::of(record);
    let cases: BTreeMap<&CaseId, &CaseRecord> = record.cases.iter().map(|case| (&case.id, case)).collect();
    let whole = whole && record.cut_short.is_none();
    let ids: BTreeSet<&CaseId> = now.keys().chain(accepted.keys()).collect();
    let mut drift = DriftRecord { target: target.to_owned(), whole, decides: false, same: 0, changes: Vec::new() };
    for id in ids {
        let seen = match (now.get(id), accepted.get(id)) {
            (Some(now), Some(was)) => step_by_step(was, now),
            (Some(now), None) if is_lost(now) => CaseDrift::Other(DriftKind::Unanswered, lost(now)),
            (Some(_), None) => CaseDrift::Other(DriftKind::New, None),
            (None, _) => match unasked(cases.get(id).copied(), whole) {
                Some((kind, reason)) => CaseDrift::Other(kind, Some(reason)),
                None => continue,
            },
        };
        let (kind, diff, reason) = match seen {
            CaseDrift::Same => {
                drift.same += 1;
                continue;
            }
            CaseDrift::Changed(diff) => (DriftKind::Changed, diff, None),
            CaseDrift::Other(kind, reason) => (kind, Vec::new(), reason),
        };
        drift.changes.push(DriftChange { case: id.clone(), kind, diff, reason });
    }
    drift
}

/// What is accepted after a run: its responses in the place of those that changed, without those that vanished. What was not
/// sent stays.
pub fn merged(
    record: &RunRecord,
    drift: &DriftRecord,
    accepted: &BTreeMap<CaseId, String>,
) -> BTreeMap<CaseId, String> {
    let mut now = super::of(record);
    let mut merged = accepted.clone();
    for change in &drift.changes {
        match change.kind {
            DriftKind::New | DriftKind::Changed | DriftKind::AskedDifferently => {
                merged.extend(now.remove_entry(&change.case));
            }
            DriftKind::Vanished => {
                merged.remove(&change.case);
            }
            DriftKind::Unanswered => {}
        }
    }
    merged
}

enum CaseDrift {
    Same,
    Changed(Vec<String>),
    Other(DriftKind, Option<String>),
}

fn step_by_step(was: &str, now: &str) -> CaseDrift {
    if was == now {
        return CaseDrift::Same;
    }
    if is_lost(now) {
        return CaseDrift::Other(DriftKind::Unanswered, lost(now));
    }
    let (general_was, general_now) = (general(was), general(now));
    let (was, now) = (SnapshotSteps::of(was), SnapshotSteps::of(now));
    if was.questions() != now.questions() {
        // Most cases may be tried in any state, and the plan chooses one: what matters is whether the response changed.
        if general_was == general_now {
            return CaseDrift::Same;
        }
        let differs = was.questions().into_iter().zip(now.questions()).find(|(was, now)| was != now);
        let reason = match differs {
            Some((was, now)) => format!("was `{}`, now `{}`", differing(was, now), differing(now, was)),
            None => "a different number of requests was sent".to_owned(),
        };
        return CaseDrift::Other(DriftKind::AskedDifferently, Some(reason));
    }
    let several = was.0.len() > 1;
    let pairs = (1..).zip(was.0.iter().zip(&now.0));
    let lines =
        pairs.flat_map(|(number, (was, now))| differences(&was.response, &now.response, several.then_some(number)));
    CaseDrift::Changed(lines.collect())
}

/// A text in which the state of the appointment, and the status a request sets, stand as names.
pub(super) fn general(text: &str) -> String {
    let mut general = String::new();
    let mut words: Vec<(&str, &str)> = Vec::new();
    for line in text.lines() {
        if let Some(question) = line.strip_prefix(ASKED) {
            if let Some((_, state)) = question.strip_suffix(')').and_then(|rest| rest.rsplit_once("   (")) {
                words = vec![(state, "<state>")];
            }
            if let Some((_, rest)) = question.split_once(STATUS_SET) {
                words.extend(rest.split_once('"').map(|(status, _)| (status, "<next>")));
            }
        }
        let line = words.iter().fold(line.to_owned(), |line, (word, name)| replace_word(&line, word, name));
        general.push_str(&line);
        general.push('\n');
    }
    general
}

/// How a request that sets the status is written.
const STATUS_SET: &str = r#""path":"/status","value":""#;

/// The first line of a question that the other has not.
fn differing<'t>(lines: &[&'t str], other: &[&str]) -> &'t str {
    let line = lines.iter().find(|line| !other.contains(line)).or(lines.first()).copied().unwrap_or_default();
    line.trim_start_matches(ASKED)
}

fn is_lost(text: &str) -> bool {
    text.lines().any(|line| OVERLOADED.iter().any(|start| line.starts_with(start)))
}

fn lost(text: &str) -> Option<String> {
    let line = text.lines().find(|line| is_lost(line))?;
    let line = line.trim_start_matches(RESPONSE);
    Some(if line.starts_with("no response") { line.to_owned() } else { format!("received {line}") })
}

/// What it means that an accepted case has no response in this run.
fn unasked(case: Option<&CaseRecord>, whole: bool) -> Option<(DriftKind, String)> {
    match case {
        Some(case) if case.verdict == Verdict::NotApplicable => {
            Some((DriftKind::Vanished, format!("not applicable: {}", case.reason)))
        }
        Some(case) => Some((DriftKind::Unanswered, case.reason.clone())),
        None if whole => Some((DriftKind::Vanished, "the edition no longer has this case".to_owned())),
        None => None,
    }
}

/// One request of a case and its response, as lines.
#[derive(Default)]
pub(super) struct SnapshotStep<'t> {
    request: Vec<&'t str>,
    pub response: Vec<&'t str>,
}

pub(super) struct SnapshotSteps<'t>(pub Vec<SnapshotStep<'t>>);

impl<'t> SnapshotSteps<'t> {
    pub fn of(text: &'t str) -> SnapshotSteps<'t> {
        let mut steps: Vec<SnapshotStep<'t>> = Vec::new();
        for line in text.lines() {
            let asks = line.starts_with(ASKED.trim_end());
            if steps.is_empty() || (asks && steps.last().is_some_and(|step| !step.response.is_empty())) {
                steps.push(SnapshotStep::default());
            }
            let Some(step) = steps.last_mut() else { continue };
            if asks { &mut step.request } else { &mut step.response }.push(line);
        }
        SnapshotSteps(steps)
    }

    pub fn questions(&self) -> Vec<&[&'t str]> {
        self.0.iter().map(|step| step.request.as_slice()).collect()
    }
}

/// The lines that differ between two responses to one request: first the status line where it is the same, then `- ` what
/// was and `+ ` what is.
pub(super) fn differences(was: &[&str], now: &[&str], step: Option<usize>) -> Vec<String> {
    if was == now {
        return Vec::new();
    }
    let step = step.map(|number| format!("step {number}: ")).unwrap_or_default();
    let status = |lines: &[&str]| lines.first().map(|line| line.trim_start_matches(RESPONSE).to_owned());
    let mut lines = match (status(was), status(now)) {
        (Some(was), Some(now)) if was == now => vec![format!("  {step}{now}")],
        _ if !step.is_empty() => vec![format!("  {}", step.trim_end_matches([':', ' ']))],
        _ => Vec::new(),
    };
    for change in TextDiff::from_slices(was, now).iter_all_changes() {
        let line = change.value();
        let line = line.strip_prefix(RESPONSE).unwrap_or(line);
        match change.tag() {
            ChangeTag::Equal => {}
            ChangeTag::Delete => lines.push(format!("- {line}")),
            ChangeTag::Insert => lines.push(format!("+ {line}")),
        }
    }
    lines
}
