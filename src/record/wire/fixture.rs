//! An appointment that a run touched, as a record keeps it.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::FixtureUse;
use crate::suite::scenario::Fixture;
use crate::sut::FixtureEnd;

/// An appointment that a run touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixtureRecord {
    /// The id of the appointment.
    pub id: String,
    /// The state in which it was handed out.
    pub start: Fixture,
    /// Whether the run made it.
    pub made: bool,
    /// The status last read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<String>,
    /// What became of it at the end of the run, where the run made it and cleaned up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<FixtureEnd>,
}

impl From<FixtureUse> for FixtureRecord {
    fn from(fixture: FixtureUse) -> FixtureRecord {
        let FixtureUse { id, start, made, left, end } = fixture;
        FixtureRecord { id, start, made, left, end }
    }
}

impl From<FixtureRecord> for FixtureUse {
    fn from(record: FixtureRecord) -> FixtureUse {
        let FixtureRecord { id, start, made, left, end } = record;
        FixtureUse { id, start, made, left, end }
    }
}
