//! Findings gathered into groups: one defect that many cases hit is one message.

use std::collections::BTreeMap;

use crate::record::{
    CaseId, CaseRecord, FindingRecord, Level, RequirementId, RequirementRecord, RunRecord, Standing, Verdict,
};

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
}

/// The findings of a run with one of the verdicts, gathered, the weightiest first.
pub(in crate::report) fn gather<'a>(record: &'a RunRecord, verdicts: &[Verdict]) -> Vec<FindingGroup<'a>> {
    let requirements: BTreeMap<_, _> =
        record.requirements.iter().map(|requirement| (&requirement.id, requirement)).collect();
    let mut groups: Vec<FindingGroup<'a>> = Vec::new();
    let mut places: BTreeMap<(&RequirementId, Verdict, String, String), usize> = BTreeMap::new();
    for case in &record.cases {
        for finding in case.findings.iter().filter(|finding| verdicts.contains(&finding.verdict)) {
            // A finding without an exchange and without an expectation that follows one of the same kind adds to it.
            let before = (finding.exchange.is_none() && finding.expected.is_empty()).then(|| {
                groups.iter_mut().rev().find(|group| {
                    group.id == &finding.requirement
                        && group.verdict == finding.verdict
                        && group.first.exchange.is_some()
                        && group.cases.last() == Some(&&case.id)
                })
            });
            if let Some(before) = before.flatten() {
                if !before.notes.contains(&finding.found.as_str()) {
                    before.notes.push(&finding.found);
                }
                continue;
            }
            let key = (&finding.requirement, finding.verdict, shape(&finding.expected), shape(&finding.found));
            let place = *places.entry(key).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => {
                    group.findings += 1;
                    if group.cases.last() != Some(&&case.id) {
                        group.cases.push(&case.id);
                    }
                }
                None => groups.push(FindingGroup {
                    verdict: finding.verdict,
                    id: &finding.requirement,
                    requirement: requirements.get(&finding.requirement).copied(),
                    case,
                    first: finding,
                    cases: vec![&case.id],
                    findings: 1,
                    notes: Vec::new(),
                }),
            }
        }
    }
    groups.sort_by_key(|group| {
        let aside = group.inherited() && !record.strict_base;
        (aside, group.verdict, group.level(), group.inherited())
    });
    groups
}

impl FindingGroup<'_> {
    /// Whether its rule is inherited from the base specification.
    pub(in crate::report) fn inherited(&self) -> bool {
        self.requirement.is_some_and(|requirement| requirement.standing == Standing::Inherited)
    }

    fn level(&self) -> Option<Level> {
        self.requirement.map(|requirement| requirement.level)
    }
}

/// What findings of one defect have in common: values in quotes and words with digits are left out, status codes stay.
fn shape(text: &str) -> String {
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
