//! A place where a record says something else than its evidence.

use serde::Serialize;

/// A place where the record says something else than its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub kind: DifferenceKind,
    /// Where in the record.
    pub place: String,
    /// What the record says.
    pub recorded: String,
    /// What follows from the evidence.
    pub computed: String,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// A verdict, or something else that is computed from the evidence.
    Judgement,
    /// The evidence contradicts itself or the plan.
    Evidence,
    /// A digest: something was changed after the record was made.
    Digest,
}

/// The evidence contradicts itself or the plan.
pub(super) fn evidence_difference(
    place: impl Into<String>,
    recorded: impl std::fmt::Display,
    computed: impl std::fmt::Display,
) -> Difference {
    Difference {
        kind: DifferenceKind::Evidence,
        place: place.into(),
        recorded: recorded.to_string(),
        computed: computed.to_string(),
    }
}
