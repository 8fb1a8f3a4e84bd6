//! What expanding every kind of case has in common: the edition, what stands in it, and the rules of a step.

use crate::plan::case::{Case, CaseKind, CheckRule, Head, StatusRule, Step, StepCase};
use crate::plan::id::CaseId;
use crate::suite::contract::{Contract, Edition, Expectation, Requirement, RequirementId};
use crate::suite::scenario::{Origin, StepCheck};
use crate::words::yaml::Located;

/// What written cases are made concrete with.
pub(super) struct Expander<'a> {
    pub contract: &'a Contract,
    pub edition: Edition,
}

impl<'a> Expander<'a> {
    /// A requirement, where it stands in the edition.
    pub fn standing(&self, id: &RequirementId) -> Option<&'a Requirement> {
        self.contract.requirement(id).filter(|requirement| requirement.standing(self.edition).is_some())
    }

    /// Whether what names these editions, or none, belongs to this one.
    pub fn admits(&self, editions: &Option<Vec<Edition>>) -> bool {
        editions.as_ref().is_none_or(|editions| editions.contains(&self.edition))
    }

    /// What a requirement expects of the status code of a response.
    pub fn status_rule(&self, requirement: &Requirement, expect: Expectation) -> StatusRule {
        StatusRule {
            requirement: requirement.id.clone(),
            expect,
            code: requirement.code,
            breach: requirement.breach(self.edition),
            level: requirement.level,
        }
    }

    /// A check of a response, for the requirements it names, or else for `first`.
    pub fn check(&self, check: &StepCheck, first: Option<&RequirementId>) -> Option<CheckRule> {
        if !self.admits(&check.editions) {
            return None;
        }
        let ids: Vec<&RequirementId> =
            if check.verifies.is_empty() { first.into_iter().collect() } else { check.verifies.iter().collect() };
        let requirements: Vec<_> = ids
            .into_iter()
            .filter_map(|id| self.standing(id))
            .map(|requirement| {
                (requirement.id.clone(), check.breach.unwrap_or_else(|| requirement.breach(self.edition)))
            })
            .collect();
        (!requirements.is_empty()).then(|| CheckRule { requirements, check: check.check.clone() })
    }

    /// Those of the written requirements that stand in the edition; none where the case belongs to other editions.
    pub fn standing_of(
        &self,
        editions: &Option<Vec<Edition>>,
        verifies: &[Located<RequirementId>],
    ) -> Vec<&'a Requirement> {
        let written = verifies.iter().filter(|_| self.admits(editions));
        written.filter_map(|id| self.standing(&id.value)).collect()
    }
}

/// A case of ordered steps with its head.
pub(super) fn stepwise(id: CaseId, title: String, origin: &Origin, body: StepCase) -> Case {
    let requirements = judged_for(&body.verifies, &body.steps);
    Case {
        head: Head { id, title, requirements, origin: origin.clone(), selected: true },
        kind: CaseKind::Exchange(body),
    }
}

/// Every requirement that something in a case is judged for.
fn judged_for(verifies: &[RequirementId], steps: &[Step]) -> Vec<RequirementId> {
    let mut ids = verifies.to_vec();
    for step in steps {
        ids.extend(step.checks.iter().flat_map(|rule| rule.requirements.iter().map(|(id, _)| id.clone())));
    }
    ids.sort();
    ids.dedup();
    ids
}
