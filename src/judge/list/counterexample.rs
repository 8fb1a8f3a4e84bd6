//! A failure of a list that was made smaller: what its smallest form shows, and how findings name it.

use super::deviation::{Aim, Deviation};
use crate::execute::evidence::{ExchangeId, ListTrial, Shrunk, Side, StepResult};
use crate::plan::CaseId;
use crate::suite::contract::RequirementId;

/// A failure that was made smaller.
#[derive(Debug, Clone, PartialEq)]
pub struct ShrunkFailure {
    /// The name of its file and of its case: case, requirement, seed and number.
    pub name: String,
    pub requirement: RequirementId,
    /// The number of the list that showed it first.
    pub number: u32,
    /// How many lists showed it.
    pub lists: usize,
    /// The place of the trial that shows it.
    pub trial: u32,
    /// What is wrong in it; absent where its requests show no such failure.
    pub deviation: Option<Deviation>,
    /// The places of the steps that are left.
    pub steps: Vec<usize>,
    /// What is told of it in one line.
    pub summary: String,
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
    /// The exchange that shows it in its smallest form, and what would have been right there.
    pub shown: Option<(ExchangeId, String)>,
}

impl ShrunkFailure {
    /// The file it is written in, below the folder of the run.
    pub fn file(&self) -> String {
        format!("counterexamples/{}.yaml", self.name)
    }

    /// How findings speak of it.
    pub(super) fn told(&self) -> Told {
        Told {
            requirement: self.requirement.clone(),
            number: self.number,
            file: self.file(),
            summary: self.summary.clone(),
            shown: self.deviation.as_ref().map(|deviation| (deviation.exchange, deviation.expected.clone())),
        }
    }
}

/// What a failure that was made smaller shows.
pub(super) fn of(
    case: &CaseId,
    seed: u64,
    shrunk: &Shrunk,
    list: &ListTrial,
    deviation: Option<Deviation>,
    lists: usize,
) -> ShrunkFailure {
    let steps = essence(list, deviation.as_ref());
    let mut counterexample = ShrunkFailure {
        name: name(case, &shrunk.requirement, seed, shrunk.number),
        requirement: shrunk.requirement.clone(),
        number: shrunk.number,
        lists,
        trial: shrunk.trial,
        deviation,
        steps,
        summary: String::new(),
    };
    counterexample.summary = summary(&counterexample, shrunk);
    counterexample
}

/// The failure that a list was made smaller for.
pub fn aim(shrunk: &Shrunk) -> Aim {
    Aim { side: shrunk.side, requirement: shrunk.requirement.clone() }
}

/// The places of the steps that a failure needs: those that were sent, up to the one that shows it.
pub fn essence(list: &ListTrial, deviation: Option<&Deviation>) -> Vec<usize> {
    let end = match deviation {
        Some(deviation) if deviation.kind.side() != Side::Bystander => deviation.step.saturating_add(1),
        Some(_) | None => list.steps.len(),
    };
    let sent = |(place, step): (usize, &crate::execute::evidence::ListStep)| match step.seen {
        StepResult::Sent(_) => Some(place),
        StepResult::Skipped(_) | StepResult::NotReached => None,
    };
    list.steps.iter().take(end).enumerate().filter_map(sent).collect()
}

fn name(case: &CaseId, requirement: &RequirementId, seed: u64, number: u32) -> String {
    let stem = case.0.rsplit('/').next().unwrap_or("sequence");
    let rule = requirement.as_str().trim_start_matches("APPT-").to_ascii_lowercase();
    format!("{stem}-{rule}-seed-{seed}-list-{number}")
}

/// What was found, in how many steps, how reliably, and where it is written, in one line.
fn summary(counterexample: &ShrunkFailure, shrunk: &Shrunk) -> String {
    let left = counterexample.steps.len();
    let steps = format!("{left} step{}", if left == 1 { "" } else { "s" });
    let (failed, tried) = (shrunk.failed, shrunk.tried);
    let rate = match (failed == tried, tried) {
        (_, 0) => "never tried again".to_owned(),
        (true, _) => format!("again {failed} of {tried} times"),
        (false, _) => format!("flaky: again {failed} of {tried} times"),
    };
    let end = shrunk.end.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
    let found = counterexample.deviation.as_ref().map_or("no such failure", |deviation| deviation.found.as_str());
    format!(
        "{found} (list {}, {steps} of {} after {} re-runs, {rate}{end}; {})",
        shrunk.number,
        shrunk.drawn,
        shrunk.reruns,
        counterexample.file()
    )
}
