//! What a target can supply to a run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::suite::scenario::{Feature, Fixture};

/// What a target can supply to a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supply {
    /// Listed appointments by state.
    pub provided: BTreeMap<Fixture, usize>,
    /// States in which the API makes appointments.
    pub creatable: BTreeSet<Fixture>,
    /// Free slots that are listed; `None` where they are found by search.
    pub slots: Option<usize>,
    /// What the target has.
    pub features: BTreeSet<Feature>,
    /// What the target declares it has not, in its own words.
    pub lacks: BTreeMap<Feature, String>,
    /// Fixtures the target declares it has not, in its own words.
    pub without: BTreeMap<Fixture, String>,
    /// Tokens and endpoints the target declares it has not, in its own words; they stand among `lacks` too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub without_features: BTreeMap<Feature, String>,
    /// The target declares that it takes no JSON Patch, in its own words, which may be none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub without_json_patch: Option<String>,
}

impl Supply {
    /// How many appointments can begin in a state; `None` means as many as wanted.
    pub fn of(&self, state: Fixture) -> Option<usize> {
        if self.creatable.contains(&state) { None } else { Some(self.provided.get(&state).copied().unwrap_or(0)) }
    }
}
