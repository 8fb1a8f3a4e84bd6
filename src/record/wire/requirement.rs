//! One requirement of the edition, with its verdict.

use serde::{Deserialize, Serialize};

use crate::judge::{Cause, Verdict};
use crate::plan::CaseId;
use crate::suite::contract::{Level, RequirementId, Source, Standing};

/// One requirement of the edition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementRecord {
    /// The id of the requirement.
    pub id: RequirementId,
    /// A short phrase.
    pub title: String,
    /// The rule in one sentence.
    pub statement: String,
    /// How strongly a document asks for it.
    pub level: Level,
    /// Whether the edition itself says it.
    pub standing: Standing,
    /// What was found out.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub reason: String,
    /// What it follows from, where nothing but consequences decides it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Cause>,
    /// Where a document says it.
    pub source: Source,
    /// The title of the document it cites.
    pub document: String,
    /// How an unclear document is read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reading: Option<String>,
    /// No scenario can verify it, for the reason given.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub beyond: bool,
    /// The cases that say something of it.
    pub cases: Vec<CaseId>,
}
