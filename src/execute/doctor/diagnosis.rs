//! What one step of a look at a target showed.

/// How a step came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// As it should be.
    Good,
    /// A run may go on, but not everything can be tried.
    Limited,
    /// A run would fail here.
    Wrong,
    /// It was not looked at.
    Skipped,
}

/// What a step showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The step, in a word or two.
    pub step: &'static str,
    pub state: StepState,
    /// What was found.
    pub found: String,
    /// What to do or to write, where something is to be done.
    pub advice: Option<String>,
}

impl Diagnosis {
    pub(super) fn good(step: &'static str, found: impl Into<String>) -> Diagnosis {
        Diagnosis { step, state: StepState::Good, found: found.into(), advice: None }
    }

    pub(super) fn wrong(step: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Diagnosis {
        Diagnosis { step, state: StepState::Wrong, found: found.into(), advice: Some(advice.into()) }
    }

    pub(super) fn limited(step: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Diagnosis {
        Diagnosis { step, state: StepState::Limited, found: found.into(), advice: Some(advice.into()) }
    }

    pub(super) fn skipped(step: &'static str, why: impl Into<String>) -> Diagnosis {
        Diagnosis { step, state: StepState::Skipped, found: why.into(), advice: None }
    }
}
