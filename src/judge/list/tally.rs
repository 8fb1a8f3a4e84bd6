//! Adds up what the lists of one generated sequence came to, whatever order they are judged in.

use std::collections::{BTreeMap, BTreeSet};

use super::counterexample::Told;
use super::deviation::{Aim, Deviation, ListJudgement, Undecided};
use crate::execute::evidence::{ExchangeId, NO_VERSION};
use crate::judge::rollup::CaseResult;
use crate::judge::verdict::{Finding, Verdict};
use crate::plan::Head;
use crate::suite::contract::RequirementId;

/// Why lists that were drawn and judged leave a case without a verdict.
const NOT_COVERED: &str = "no step of the lists that were drawn is of a kind that it covers";

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
    /// The first list, and what is wrong in it.
    warned: BTreeMap<RequirementId, (u32, Deviation)>,
    pub failed: BTreeMap<Aim, Failure>,
    /// Steps that were judged.
    judged: usize,
    /// Lists that could not be judged to their end.
    pub undecided: u32,
    /// Steps were left out because the target shows no versions.
    pub without_version: bool,
    /// Steps were left out for their place in a list alone.
    pub out_of_place: bool,
    /// The first list in which a body met a limit of patchproof, and that limit.
    limited: Option<(u32, String)>,
    /// The first list that could not be judged to its end for another reason, that reason, and the exchange that shows it.
    troubled: Option<(u32, String, Option<ExchangeId>)>,
}

impl Tally {
    /// Adds the judgement of one list; gives whether it shows anything that no list before it showed.
    pub fn add(&mut self, number: u32, judged: ListJudgement) -> bool {
        let mut news = judged.undecided.is_some() || !judged.deviations.is_empty();
        for id in judged.kept.into_keys() {
            news |= self.kept.insert(id);
        }
        self.judged += judged.judged;
        self.undecided += u32::from(judged.undecided.is_some());
        match judged.undecided {
            Some(Undecided::Limit(why)) if self.limited.as_ref().is_none_or(|(first, _)| number < *first) => {
                self.limited = Some((number, why));
            }
            Some(Undecided::Trouble(why)) if self.troubled.as_ref().is_none_or(|(first, ..)| number < *first) => {
                self.troubled = Some((number, why, judged.open_at));
            }
            Some(Undecided::Limit(_) | Undecided::Trouble(_)) | None => {}
        }
        let mut aims = BTreeSet::new();
        for deviation in judged.deviations {
            if deviation.verdict != Verdict::Fail {
                let known = self.warned.get(&deviation.requirement).is_some_and(|(first, ..)| *first <= number);
                if !known {
                    self.warned.insert(deviation.requirement.clone(), (number, deviation));
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
        let finding = |requirement: &RequirementId, verdict, expected: &str, found: String, exchange| Finding {
            case: head.id.clone(),
            requirement: requirement.clone(),
            verdict,
            expected: expected.to_owned(),
            found,
            exchange,
            also: Vec::new(),
            cause: None,
        };
        let mut findings: Vec<Finding> = self
            .failed
            .iter()
            .map(|(aim, failure)| {
                let (found, expected, exchange) = failure.told(aim, told);
                finding(&aim.requirement, Verdict::Fail, expected, found, Some(exchange))
            })
            .collect();
        let broken: BTreeSet<&RequirementId> = self.failed.keys().map(|aim| &aim.requirement).collect();
        for (id, (number, deviation)) in self.warned.iter().filter(|(id, _)| !broken.contains(id)) {
            let (found, exchange) = (format!("{} (list {number})", deviation.found), Some(deviation.exchange));
            findings.push(finding(id, Verdict::Warn, &deviation.expected, found, exchange));
        }
        let partly = self.partly();
        let passed = self.kept.iter().filter(|id| !broken.contains(id) && !self.warned.contains_key(id));
        for id in passed.filter(|id| head.requirements.contains(id)) {
            findings.push(match cut {
                None => finding(id, Verdict::Pass, "", partly.clone(), None),
                Some(cut) => finding(id, Verdict::Inconclusive, "", cut.to_owned(), None),
            });
        }
        let open = |id: &&RequirementId| findings.iter().all(|finding| finding.requirement != **id);
        let open: Vec<&RequirementId> = head.requirements.iter().filter(open).collect();
        if let Some((number, limit)) = &self.limited {
            let found = format!("{limit} (list {number})");
            findings.extend(open.iter().map(|id| finding(id, Verdict::Inconclusive, "", found.clone(), None)));
        } else if findings.is_empty() && !self.shows_nothing(trouble) {
            // Where nothing names a version, no tag is wrong, and nothing has to be rejected for one.
            let (verdict, why, exchange) = match (trouble, &self.troubled) {
                (Some(trouble), _) => (Verdict::NotTested, trouble.to_owned(), None),
                (None, _) if self.without_version => (Verdict::NotApplicable, NO_VERSION.to_owned(), None),
                (None, Some((number, why, exchange))) => {
                    (Verdict::Inconclusive, format!("{why} (list {number})"), *exchange)
                }
                (None, None) => (Verdict::NotTested, "no step could be judged".to_owned(), None),
            };
            findings.extend(open.iter().map(|id| finding(id, verdict, "", why.clone(), exchange)));
        }
        let mut result = CaseResult { findings, ..CaseResult::new(head) };
        result.conclude();
        if result.findings.is_empty() {
            NOT_COVERED.clone_into(&mut result.reason);
        }
        result
    }

    /// Whether no step was of a kind that the case covers, or every one named what only a step before it could have made: that
    /// says nothing of a requirement, which other cases may have tested.
    fn shows_nothing(&self, trouble: Option<&str>) -> bool {
        (self.judged > 0 || self.out_of_place) && trouble.is_none() && self.troubled.is_none() && !self.without_version
    }
}

impl Tally {
    /// What is told beside what was kept, where some lists ended before their end; else nothing.
    fn partly(&self) -> String {
        let Some((number, why, _)) = &self.troubled else { return String::new() };
        let lists = if self.undecided == 1 { "list was" } else { "lists were" };
        format!("held; {} {lists} not judged to the end, such as list {number}: {why}", self.undecided)
    }
}

impl Failure {
    /// What was found and where it is written down, what would have been right, and the exchange that shows it.
    fn told<'t>(&'t self, aim: &Aim, told: &'t [Told]) -> (String, &'t str, ExchangeId) {
        let Failure { number, deviation, .. } = self;
        let same = told.iter().find(|told| told.requirement == aim.requirement && told.number == *number);
        let smallest = same.and_then(|told| told.shown.as_ref());
        let (exchange, expected) = smallest.map_or_else(
            || (deviation.exchange, deviation.expected.as_str()),
            |(exchange, expected)| (*exchange, expected.as_str()),
        );
        let found = match (same, told.iter().find(|told| told.number == *number)) {
            (Some(told), _) => told.summary.clone(),
            (None, Some(other)) => format!("{}; see {}", deviation.found, other.file),
            (None, None) => format!("{} (list {number}, step {})", deviation.found, deviation.step + 1),
        };
        (found, expected, exchange)
    }
}
