//! Generated sequences in the record: how much was drawn and sent, and each counterexample with its evidence.

use serde::{Deserialize, Serialize};

use super::{CaseId, Exchange, RequirementId};

/// What one generated sequence came to. Lists that show nothing are not kept: the seed gives them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceRecord {
    pub id: CaseId,
    pub seed: u64,
    /// Lists that were sent.
    pub lists: u32,
    /// Steps that were sent.
    pub steps: usize,
    /// Steps that could not be made, such as a stale tag where there is no earlier version.
    pub skipped: usize,
    /// Lists that could not be judged to their end.
    pub undecided: u32,
    pub requests: usize,
    /// Why not all lists were sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub counterexamples: Vec<Counterexample>,
}

/// The smallest list found that breaks a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterexample {
    /// Where it is written, below the folder of `--out`.
    pub file: String,
    /// The id of its case in that file.
    pub case: String,
    pub requirement: RequirementId,
    pub expected: String,
    pub found: String,
    /// The number of the list that showed it first.
    pub number: u32,
    /// How many lists showed it.
    pub lists: usize,
    pub steps_drawn: usize,
    pub steps: usize,
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
    pub exchanges: Vec<Exchange>,
}

impl Counterexample {
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
