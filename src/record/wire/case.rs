//! One case of the run, with its verdict and the findings it rests on.

use serde::{Deserialize, Serialize};

use crate::execute::evidence::ExchangeId;
use crate::judge::{CaseResult, Cause, Finding, Verdict};
use crate::plan::CaseId;
use crate::suite::contract::RequirementId;
use crate::words::fhir::AppointmentStatus;

/// One case or property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseRecord {
    /// The stable id of the case.
    pub id: CaseId,
    /// What the case does, as a short phrase.
    pub title: String,
    /// The requirements that something in the case is judged for.
    pub requirements: Vec<RequirementId>,
    /// The worst verdict of its findings.
    pub verdict: Verdict,
    /// What the worst finding found.
    pub reason: String,
    /// Where it is written: file and line.
    pub origin: String,
    /// What was judged.
    pub findings: Vec<FindingRecord>,
    /// The requests of the case.
    pub exchanges: Vec<ExchangeId>,
    /// The cell of the transition table that the case tries, where it tries one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transition: Option<CaseTransition>,
}

/// A change of status that a case asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseTransition {
    /// The status that the appointment holds.
    pub from: AppointmentStatus,
    /// The status that the request sends.
    pub to: AppointmentStatus,
}

/// One judgement of one requirement in one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingRecord {
    /// The case.
    pub case: CaseId,
    /// The requirement.
    pub requirement: RequirementId,
    /// The verdict of this finding.
    pub verdict: Verdict,
    /// What would have been right.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Where it was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<ExchangeId>,
    /// What it follows from, where it decides nothing because of something else.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<Cause>,
}

impl CaseRecord {
    /// The result of a case, and the cell that the case tries.
    pub(in crate::record) fn new(result: CaseResult, transition: Option<CaseTransition>) -> CaseRecord {
        let CaseResult { id, title, requirements, verdict, reason, findings, exchanges, origin, selected: _ } = result;
        CaseRecord {
            id,
            title,
            requirements,
            verdict,
            reason,
            origin: format!("{}:{}", origin.file, origin.line),
            findings: findings.into_iter().map(FindingRecord::from).collect(),
            exchanges,
            transition,
        }
    }
}

impl From<Finding> for FindingRecord {
    fn from(finding: Finding) -> FindingRecord {
        let Finding { case, requirement, verdict, expected, found, exchange, also: _, cause } = finding;
        FindingRecord { case, requirement, verdict, expected, found, exchange, cause }
    }
}
