//! Generated sequences in the record: how much was drawn and sent, and each counterexample with its evidence.

use serde::{Deserialize, Serialize};

use super::{BystanderRecord, CaseId, ExchangeId, ExchangeRecord, RequirementId, TrailRecord, TrodRecord};
use crate::judge::Told;

/// What one generated sequence came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequenceRecord {
    /// The id of the case.
    pub id: CaseId,
    /// What the lists were drawn from.
    pub seed: u64,
    /// Lists that were sent.
    pub lists: u32,
    /// Steps that were sent.
    pub steps: usize,
    /// Steps that could not be made, such as a stale tag where there is no earlier version.
    pub skipped: usize,
    /// Lists that could not be judged to their end.
    pub undecided: u32,
    /// Requests that were sent.
    pub requests: usize,
    /// Why not all lists were sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<String>,
    /// The smallest lists found that break a requirement.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub counterexamples: Vec<Counterexample>,
    /// The lists that were sent, by number, with what was seen.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub trails: Vec<ListRecord>,
    /// Lists beyond the most that are kept, which showed nothing new; the seed gives them again.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub not_kept: u32,
}

/// One list of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRecord {
    /// Counted from 0; with the seed it gives the steps.
    pub number: u32,
    /// What was sent and seen.
    pub trail: TrailRecord,
}

impl SequenceRecord {
    /// The record without its lists and the requests of its counterexamples.
    pub(super) fn outline(&self) -> SequenceRecord {
        let bare = |own: &Counterexample| Counterexample { exchanges: Vec::new(), bystander: None, ..own.clone() };
        SequenceRecord {
            id: self.id.clone(),
            trouble: self.trouble.clone(),
            counterexamples: self.counterexamples.iter().map(bare).collect(),
            trails: Vec::new(),
            ..*self
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The smallest list found that breaks a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    /// Where it is written, below the folder of `--out`.
    pub file: String,
    /// The id of its case in that file.
    pub case: String,
    /// The requirement that is broken.
    pub requirement: RequirementId,
    /// What would have been right.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The number of the list that showed it first.
    pub number: u32,
    /// How many lists showed it.
    pub lists: usize,
    /// Steps of the list as it was drawn.
    pub steps_drawn: usize,
    /// Steps of the smallest list.
    pub steps: usize,
    /// How often lists were sent again to find the smallest.
    pub reruns: u32,
    /// Appointments that the re-runs used up.
    pub appointments: u32,
    /// How often the smallest list failed again, of how many times.
    pub again: (u32, u32),
    /// Why the list was not made smaller still; absent where it is minimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<String>,
    /// The scenario file.
    pub scenario: String,
    /// The requests of the last run that showed it.
    pub exchanges: Vec<ExchangeRecord>,
    /// The appointment of that run, its first read, its steps, and the appointment watched beside it.
    pub appointment: String,
    /// The read before the first step.
    pub start: ExchangeId,
    /// One entry a step.
    pub trod: Vec<TrodRecord>,
    /// Another appointment, read before and after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bystander: Option<BystanderRecord>,
}

impl Counterexample {
    /// The last run that showed it, with the steps that are left.
    pub fn trail(&self) -> TrailRecord {
        TrailRecord {
            appointment: self.appointment.clone(),
            exchanges: self.exchanges.clone(),
            start: self.start,
            steps: self.trod.clone(),
            bystander: self.bystander.clone(),
        }
    }

    /// How findings speak of it.
    pub fn told(&self) -> Told {
        Told {
            requirement: self.requirement.clone(),
            number: self.number,
            file: self.file.clone(),
            summary: self.summary(),
        }
    }

    /// What was found, in how many steps, how reliably, and where it is written, in one line.
    pub fn summary(&self) -> String {
        let (failed, tried) = self.again;
        let steps = |count: usize| format!("{count} step{}", if count == 1 { "" } else { "s" });
        let rate = match (failed == tried, tried) {
            (_, 0) => "never tried again".to_owned(),
            (true, _) => format!("again {failed} of {tried} times"),
            (false, _) => format!("flaky: again {failed} of {tried} times"),
        };
        let end = self.end.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
        format!(
            "{} (list {}, {} of {} after {} re-runs, {rate}{end}; {})",
            self.found,
            self.number,
            steps(self.steps),
            self.steps_drawn,
            self.reruns,
            self.file
        )
    }
}
