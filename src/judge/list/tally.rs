//! Adds up what the lists of one generated sequence came to, whatever order they are judged in.

use std::collections::{BTreeMap, BTreeSet};

use super::counterexample::Told;
use super::deviation::{Aim, Deviation, ListJudgement, Undecided};
use crate::execute::evidence::NO_VERSION;
use crate::judge::rollup::CaseResult;
use crate::judge::verdict::{Finding, Verdict};
use crate::plan::Head;
use crate::suite::contract::RequirementId;

/// The first list that fails in one way, and how many do.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub number: u32,
    pub lists: usize,
    pub deviation: Deviation,
}

/// What the lists of a sequence came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    kept: BTreeSet<RequirementId>,
    /// The first list, and what is expected and found in it.
    warned: BTreeMap<RequirementId, (u32, String, String)>,
    pub failed: BTreeMap<Aim, Failure>,
    /// Lists that could not be judged to their end.
    pub undecided: u32,
    /// Steps were left out because the target shows no versions.
    pub without_version: bool,
    /// The first list in which a body met a limit of patchproof, and that limit.
    limited: Option<(u32, String)>,
}

impl Tally {
    /// Adds the judgement of one list; gives whether it shows anything that no list before it showed.
    pub fn add(&mut self, number: u32, judged: ListJudgement) -> bool {
        let mut news = judged.undecided.is_some() || !judged.deviations.is_empty();
        for id in judged.kept.into_keys() {
            news |= self.kept.insert(id);
        }
        self.undecided += u32::from(judged.undecided.is_some());
        match judged.undecided {
            Some(Undecided::Limit(why)) if self.limited.as_ref().is_none_or(|(first, _)| number < *first) => {
                self.limited = Some((number, why));
            }
            Some(Undecided::Limit(_) | Undecided::Trouble(_)) | None => {}
        }
        let mut aims = BTreeSet::new();
        for deviation in judged.deviations {
            if deviation.verdict != Verdict::Fail {
                let known = self.warned.get(&deviation.requirement).is_some_and(|(first, ..)| *first <= number);
                if !known {
                    self.warned.insert(deviation.requirement, (number, deviation.expected, deviation.found));
                }
                continue;
            }
            let aim = deviation.aim();
            if !aims.insert(aim.clone()) {
                continue;
            }
            let known = self.failed.remove(&aim);
            let lists = known.as_ref().map_or(0, |known| known.lists) + 1;
            let failure = match known {
                Some(known) if known.number < number => Failure { lists, ..known },
                Some(_) | None => Failure { number, lists, deviation },
            };
            self.failed.insert(aim, failure);
        }
        news
    }

    /// The result of the case: a requirement passes where it was seen to be kept and never broken.
    pub fn result(&self, head: &Head, told: &[Told], (trouble, cut): (Option<&str>, Option<&str>)) -> CaseResult {
        let finding = |requirement: &RequirementId, verdict, expected: &str, found: String| Finding {
            case: head.id.clone(),
            requirement: requirement.clone(),
            verdict,
            expected: expected.to_owned(),
            found,
            exchange: None,
            also: Vec::new(),
            cause: None,
        };
        let mut findings: Vec<Finding> = self
            .failed
            .iter()
            .map(|(aim, failure)| {
                let found = failure.told(aim, told);
                finding(&aim.requirement, Verdict::Fail, &failure.deviation.expected, found)
            })
            .collect();
        let broken: BTreeSet<&RequirementId> = self.failed.keys().map(|aim| &aim.requirement).collect();
        for (id, (number, expected, found)) in self.warned.iter().filter(|(id, _)| !broken.contains(id)) {
            findings.push(finding(id, Verdict::Warn, expected, format!("{found} (list {number})")));
        }
        let passed = self.kept.iter().filter(|id| !broken.contains(id) && !self.warned.contains_key(id));
        for id in passed.filter(|id| head.requirements.contains(id)) {
            findings.push(match cut {
                None => finding(id, Verdict::Pass, "", String::new()),
                Some(cut) => finding(id, Verdict::Inconclusive, "", cut.to_owned()),
            });
        }
        let open = |id: &&RequirementId| findings.iter().all(|finding| finding.requirement != **id);
        let open: Vec<&RequirementId> = head.requirements.iter().filter(open).collect();
        if let Some((number, limit)) = &self.limited {
            let found = format!("{limit} (list {number})");
            findings.extend(open.iter().map(|id| finding(id, Verdict::Inconclusive, "", found.clone())));
        } else if findings.is_empty() {
            // Where nothing names a version, no tag is wrong, and nothing has to be rejected for one.
            let (verdict, why) = match trouble {
                Some(trouble) => (Verdict::NotTested, trouble),
                None if self.without_version => (Verdict::NotApplicable, NO_VERSION),
                None => (Verdict::NotTested, "no step could be judged"),
            };
            findings.extend(open.iter().map(|id| finding(id, verdict, "", why.to_owned())));
        }
        let mut result = CaseResult { findings, ..CaseResult::new(head) };
        result.conclude();
        result
    }
}

impl Failure {
    /// What was found, and where it is written down.
    fn told(&self, aim: &Aim, told: &[Told]) -> String {
        let Failure { number, deviation, .. } = self;
        let same = told.iter().find(|told| told.requirement == aim.requirement && told.number == *number);
        match (same, told.iter().find(|told| told.number == *number)) {
            (Some(told), _) => told.summary.clone(),
            (None, Some(other)) => format!("{}; see {}", deviation.found, other.file),
            (None, None) => format!("{} (list {number}, step {})", deviation.found, deviation.step + 1),
        }
    }
}
