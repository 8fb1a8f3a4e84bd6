//! Adds up what the lists of one generated sequence came to, whatever order they are judged in.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};

use super::rollup::CaseResult;
use super::sequence::{Deviation, Kind, SequenceJudgement};
use super::verdict::{Finding, Verdict};
use crate::plan::Head;
use crate::suite::contract::RequirementId;

/// A way to fail: the requirement, and the side of the answer on which it is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    pub requirement: RequirementId,
    kind: Discriminant<Kind>,
    /// Stands for the kind where an order is needed.
    pub rank: u8,
}

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
}

/// How a failure is told where it was made smaller and written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub requirement: RequirementId,
    /// The number of the list.
    pub number: u32,
    /// The file it is written in.
    pub file: String,
    pub summary: String,
}

impl Tally {
    /// Adds the judgement of one list; gives whether it shows anything that no list before it showed.
    pub fn add(&mut self, number: u32, judged: SequenceJudgement) -> bool {
        let mut news = judged.undecided.is_some() || !judged.deviations.is_empty();
        for id in judged.kept.into_keys() {
            news |= self.kept.insert(id);
        }
        self.undecided += u32::from(judged.undecided.is_some());
        let mut aims = BTreeSet::new();
        for own in judged.deviations {
            if own.verdict != Verdict::Fail {
                let known = self.warned.get(&own.requirement).is_some_and(|(first, ..)| *first <= number);
                if !known {
                    self.warned.insert(own.requirement, (number, own.expected, own.found));
                }
                continue;
            }
            let aim = Aim::of(&own);
            if !aims.insert(aim.clone()) {
                continue;
            }
            let known = self.failed.remove(&aim);
            let lists = known.as_ref().map_or(0, |known| known.lists) + 1;
            let failure = match known {
                Some(known) if known.number < number => Failure { lists, ..known },
                Some(_) | None => Failure { number, lists, deviation: own },
            };
            self.failed.insert(aim, failure);
        }
        news
    }

    /// The result of the sequence: a requirement passes where it was seen to be kept and never broken.
    pub fn result(&self, head: &Head, told: &[Told], trouble: Option<&str>) -> CaseResult {
        let finding = |requirement: &RequirementId, verdict, expected: &str, found: String| Finding {
            case: head.id.clone(),
            requirement: requirement.clone(),
            verdict,
            expected: expected.to_owned(),
            found,
            exchange: None,
        };
        let mut findings = Vec::new();
        let mut broken = BTreeSet::new();
        for (aim, failure) in &self.failed {
            broken.insert(&aim.requirement);
            let Failure { number, deviation, .. } = failure;
            let own = told.iter().find(|own| own.requirement == aim.requirement && own.number == *number);
            let found = match (own, told.iter().find(|own| own.number == *number)) {
                (Some(own), _) => own.summary.clone(),
                (None, Some(other)) => format!("{}; see {}", deviation.found, other.file),
                (None, None) => format!("{} (list {number}, step {})", deviation.found, deviation.step + 1),
            };
            findings.push(finding(&aim.requirement, Verdict::Fail, &deviation.expected, found));
        }
        for (id, (number, expected, found)) in self.warned.iter().filter(|(id, _)| !broken.contains(id)) {
            findings.push(finding(id, Verdict::Warn, expected, format!("{found} (list {number})")));
        }
        let passed = self.kept.iter().filter(|id| !broken.contains(id) && !self.warned.contains_key(id));
        for id in passed.filter(|id| head.requirements.contains(id)) {
            findings.push(finding(id, Verdict::Pass, "", String::new()));
        }
        if findings.is_empty() {
            let why = trouble.unwrap_or("no step could be judged");
            findings.extend(head.requirements.iter().map(|id| finding(id, Verdict::NotTested, "", why.to_owned())));
        }
        let mut result = CaseResult { findings, ..CaseResult::new(head) };
        result.conclude();
        result
    }
}

impl Aim {
    /// The failure of a deviation.
    pub fn of(deviation: &Deviation) -> Aim {
        let rank = match deviation.kind {
            Kind::Bystander => 0,
            Kind::Effect => 1,
            Kind::Refusal => 2,
            Kind::Success => 3,
            Kind::Result(..) => 4,
            Kind::Beyond(_) => 5,
            Kind::Version => 6,
            Kind::Outcome => 7,
            Kind::ServerError => 8,
        };
        Aim { requirement: deviation.requirement.clone(), kind: discriminant(&deviation.kind), rank }
    }

    /// Whether a deviation is this failure.
    pub fn meets(&self, deviation: &Deviation) -> bool {
        deviation.verdict == Verdict::Fail && Aim::of(deviation) == *self
    }
}

impl PartialOrd for Aim {
    fn partial_cmp(&self, other: &Aim) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Aim {
    fn cmp(&self, other: &Aim) -> std::cmp::Ordering {
        (self.rank, &self.requirement).cmp(&(other.rank, &other.requirement))
    }
}
