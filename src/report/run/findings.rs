//! Findings gathered into groups: one defect that many cases hit is one message.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::record::{
    CaseId, CaseRecord, Cause, FindingRecord, Level, RequirementId, RequirementRecord, RunRecord, Standing, Verdict,
};
use crate::report::page::words::counted;

/// Findings of one requirement that look alike.
pub(in crate::report) struct FindingGroup<'a> {
    pub(in crate::report) verdict: Verdict,
    pub(in crate::report) id: &'a RequirementId,
    pub(in crate::report) requirement: Option<&'a RequirementRecord>,
    pub(in crate::report) case: &'a CaseRecord,
    pub(in crate::report) first: &'a FindingRecord,
    pub(in crate::report) cases: Vec<&'a CaseId>,
    pub(in crate::report) findings: usize,
    /// What the record says of findings that it only counts.
    pub(in crate::report) notes: Vec<&'a str>,
    /// Other requirements that are undecided for the same reason.
    pub(in crate::report) alike: BTreeSet<&'a RequirementId>,
    /// Requirements that are undecided because this one is broken.
    pub(in crate::report) follows: BTreeSet<&'a RequirementId>,
}

/// The findings of a run with one of the verdicts, gathered: roots before what stands alone, the weightiest first. What
/// follows from a broken rule is counted there and has no group.
pub(in crate::report) fn gather<'a>(record: &'a RunRecord, verdicts: &[Verdict]) -> Vec<FindingGroup<'a>> {
    let follows = consequences(record);
    let mut gathered = Gathered { record, groups: Vec::new(), places: BTreeMap::new() };
    for case in &record.cases {
        for finding in case.findings.iter().filter(|finding| verdicts.contains(&finding.verdict)) {
            let below = match &finding.cause {
                Some(Cause::Rule(root)) => follows.contains_key(root) && verdicts.contains(&Verdict::Fail),
                Some(Cause::Headline) | None => false,
            };
            if !below {
                gathered.add(case, finding);
            }
        }
    }
    let mut groups = gathered.groups;
    let mut named = BTreeSet::new();
    for group in groups.iter_mut().filter(|group| group.verdict == Verdict::Fail && named.insert(group.id)) {
        group.follows = follows.get(group.id).cloned().unwrap_or_default();
    }
    groups.sort_by_key(|group| {
        let aside = group.inherited() && !record.strict_base;
        (aside, group.verdict, Reverse(group.follows.len()), group.level(), group.inherited())
    });
    groups
}

/// The rules that a run shows broken, each with the requirements that it leaves undecided.
fn consequences(record: &RunRecord) -> BTreeMap<&RequirementId, BTreeSet<&RequirementId>> {
    let findings = || record.cases.iter().flat_map(|case| &case.findings);
    let broken = findings().filter(|finding| finding.verdict == Verdict::Fail).map(|finding| &finding.requirement);
    let mut follows: BTreeMap<_, BTreeSet<_>> = broken.map(|id| (id, BTreeSet::new())).collect();
    let ids: BTreeSet<&RequirementId> = follows.keys().copied().collect();
    for finding in findings().filter(|finding| !ids.contains(&finding.requirement)) {
        if let Some(Cause::Rule(root)) = &finding.cause
            && let Some(below) = follows.get_mut(root)
        {
            below.insert(&finding.requirement);
        }
    }
    follows
}

/// What makes findings alike: the requirement where it is broken, the reason alone where nothing is decided.
type Likeness<'a> = (Option<&'a RequirementId>, bool, Verdict, String, String);

struct Gathered<'a> {
    record: &'a RunRecord,
    groups: Vec<FindingGroup<'a>>,
    places: BTreeMap<Likeness<'a>, usize>,
}

impl<'a> Gathered<'a> {
    fn add(&mut self, case: &'a CaseRecord, finding: &'a FindingRecord) {
        if self.is_note(case, finding) {
            return;
        }
        let requirement = self.record.requirements.iter().find(|one| one.id == finding.requirement);
        let inherited = requirement.is_some_and(|requirement| requirement.standing == Standing::Inherited);
        let (id, expected) = match finding.verdict {
            Verdict::Inconclusive => (None, String::new()),
            Verdict::Error
            | Verdict::Fail
            | Verdict::NotTested
            | Verdict::Warn
            | Verdict::Pass
            | Verdict::Observed
            | Verdict::NotApplicable => (Some(&finding.requirement), shape(&finding.expected)),
        };
        let key = (id, inherited, finding.verdict, expected, shape(&finding.found));
        let place = *self.places.entry(key).or_insert(self.groups.len());
        let Some(group) = self.groups.get_mut(place) else {
            return self.groups.push(FindingGroup {
                verdict: finding.verdict,
                id: &finding.requirement,
                requirement,
                case,
                first: finding,
                cases: vec![&case.id],
                findings: 1,
                notes: Vec::new(),
                alike: BTreeSet::new(),
                follows: BTreeSet::new(),
            });
        };
        group.findings += 1;
        if group.cases.last() != Some(&&case.id) {
            group.cases.push(&case.id);
        }
        if group.id != &finding.requirement {
            // The weightiest stands for all.
            let level = |requirement: Option<&RequirementRecord>| requirement.map(|requirement| requirement.level);
            let other = if level(requirement) < level(group.requirement) {
                let before = group.id;
                (group.id, group.requirement, group.case, group.first) =
                    (&finding.requirement, requirement, case, finding);
                before
            } else {
                &finding.requirement
            };
            group.alike.insert(other);
            group.alike.remove(group.id);
        }
    }

    /// A finding without an exchange and without an expectation that follows one of the same kind adds to it.
    fn is_note(&mut self, case: &CaseRecord, finding: &'a FindingRecord) -> bool {
        if finding.exchange.is_some() || !finding.expected.is_empty() {
            return false;
        }
        let before = self.groups.iter_mut().rev().find(|group| {
            group.id == &finding.requirement
                && group.verdict == finding.verdict
                && group.first.exchange.is_some()
                && group.cases.last() == Some(&&case.id)
        });
        let Some(before) = before else { return false };
        if !before.notes.contains(&finding.found.as_str()) {
            before.notes.push(&finding.found);
        }
        true
    }
}

impl FindingGroup<'_> {
    /// Whether its rule is inherited from the base specification.
    pub(in crate::report) fn inherited(&self) -> bool {
        self.requirement.is_some_and(|requirement| requirement.standing == Standing::Inherited)
    }

    /// How much follows from it, where anything does.
    pub(in crate::report) fn more(&self) -> Option<String> {
        let count = self.follows.len();
        (count > 0).then(|| counted(count, "more follows", "more follow"))
    }

    fn level(&self) -> Option<Level> {
        self.requirement.map(|requirement| requirement.level)
    }
}

/// What texts about one defect have in common: values in quotes and words with digits are left out (numbers, ids, tags),
/// status codes stay.
pub(in crate::report) fn shape(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => continue,
            (None, '"' | '`') => quote = Some(character),
            (None, _) => {}
        }
        shape.push(character);
    }
    let word = |word: &str| {
        let core = word.trim_matches(|character: char| !character.is_alphanumeric());
        let status = core.len() == 3 && core.bytes().all(|byte| byte.is_ascii_digit());
        if status || !word.contains(|character: char| character.is_ascii_digit()) {
            word.to_owned()
        } else {
            "#".to_owned()
        }
    };
    shape.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_do_not_keep_findings_apart_and_status_codes_do() {
        assert_eq!(shape("ETag W/\"17\" as before"), shape("ETag W/\"4\" as before"));
        assert_eq!(shape("meta.versionId 17 in the next read"), shape("meta.versionId 4 in the next read"));
        assert_ne!(shape("200: the request was carried out"), shape("201: the request was carried out"));
        assert_ne!(shape("a text/html"), shape("a text/plain"));
    }
}
