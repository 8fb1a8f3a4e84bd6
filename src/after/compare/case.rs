//! Cases whose verdict changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::direction::{Direction, weight};
use super::requirement::RequirementChange;
use crate::record::{CaseId, ExchangeId, RequirementId, RunRecord, Verdict};

/// A case whose verdict changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseChange {
    pub case: CaseId,
    pub title: String,
    pub requirements: Vec<RequirementId>,
    pub direction: Direction,
    pub before: Verdict,
    pub after: Verdict,
    pub reason_after: String,
    /// The first exchange of the case in the later run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<ExchangeId>,
    /// A requirement that got worse names this case already.
    #[serde(rename = "told")]
    pub explained: bool,
}

/// The cases of both runs with another verdict: worse, better, neither; failures first.
pub(super) fn changes(before: &RunRecord, after: &RunRecord, regressions: &[RequirementChange]) -> Vec<CaseChange> {
    let old: BTreeMap<_, _> = before.cases.iter().map(|case| (&case.id, case)).collect();
    let explained: BTreeSet<&CaseId> = regressions.iter().flat_map(|change| &change.cases).collect();
    let changed = after.cases.iter().filter_map(|new| {
        let old = old.get(&new.id)?;
        Some(CaseChange {
            case: new.id.clone(),
            title: new.title.clone(),
            requirements: new.requirements.clone(),
            direction: Direction::of(old.verdict, new.verdict)?,
            before: old.verdict,
            after: new.verdict,
            reason_after: new.reason.clone(),
            exchange: new.exchanges.first().copied(),
            explained: explained.contains(&new.id),
        })
    });
    let mut changes: Vec<CaseChange> = changed.collect();
    changes.sort_by_key(|change| (change.direction, weight(change.after)));
    changes
}
