//! What leaves a run for its record: without secrets, without protected values, and meaning what it meant before.

use std::collections::BTreeMap;

use crate::execute::StartedRun;
use crate::execute::evidence::{Evidence, NotRun, NotRunKind};
use crate::judge::{CaseResult, Judgement, Verdict, judge_beside_clean_up};
use crate::plan::{CaseId, Plan};
use crate::redact::Redactor;
use crate::suite::contract::{Contract, RequirementId};

/// Takes out of what was seen what is not recorded.
pub(super) struct RecordGate<'a> {
    pub run: &'a StartedRun,
    pub redactor: &'a Redactor,
}

impl RecordGate<'_> {
    /// What was seen, as it is recorded.
    pub fn recorded(&self, evidence: Evidence) -> Evidence {
        self.redactor.evidence(self.run.evidence_without_secrets(evidence))
    }

    /// What was seen, as it is recorded, and what that means. Where anything is taken out, it is judged as it was received
    /// and as it is recorded: where the two differ, what was taken out decides, and the case is an error of the harness.
    pub fn judged(
        &self,
        (contract, plan): (&Contract, &Plan),
        evidence: Evidence,
        strict_base: bool,
    ) -> (Evidence, Judgement) {
        let mut evidence = evidence;
        if !self.redactor.is_on() && self.run.has_nothing_to_hide(&evidence) {
            let judgement = judge_beside_clean_up(contract, plan, &mut evidence, strict_base);
            return (evidence, judgement);
        }
        let received = results(&judge_beside_clean_up(contract, plan, &mut evidence, strict_base));
        let mut evidence = self.recorded(evidence);
        let judgement = judge_beside_clean_up(contract, plan, &mut evidence, strict_base);
        let changed: Vec<NotRun> = judgement.cases.iter().filter_map(|case| changed(&received, case)).collect();
        if changed.is_empty() {
            return (evidence, judgement);
        }
        evidence.not_run.retain(|not_run| !changed.iter().any(|changed| changed.case == not_run.case));
        evidence.not_run.extend(changed);
        let judgement = judge_beside_clean_up(contract, plan, &mut evidence, strict_base);
        (evidence, judgement)
    }
}

/// What became of a case: its verdict, and those of its findings.
type Result = (Verdict, Vec<(RequirementId, Verdict)>);

fn results(judgement: &Judgement) -> BTreeMap<CaseId, Result> {
    judgement.cases.iter().map(|case| (case.id.clone(), result(case))).collect()
}

fn result(case: &CaseResult) -> Result {
    let findings = case.findings.iter().map(|finding| (finding.requirement.clone(), finding.verdict));
    (case.verdict, findings.collect())
}

/// Names a case that is judged otherwise once secrets and protected values are gone.
fn changed(received: &BTreeMap<CaseId, Result>, case: &CaseResult) -> Option<NotRun> {
    let recorded = result(case);
    let before = received.get(&case.id).filter(|before| **before != recorded)?;
    let mut differ = before.1.iter().zip(&recorded.1).filter(|(one, other)| one != other);
    let said = match differ.next() {
        Some(((requirement, one), (_, other))) => {
            format!(
                "a verdict of {requirement}: expected {}, as of what was received, found {}",
                one.name(),
                other.name()
            )
        }
        None => {
            format!("the findings: expected {}, as of what was received, found {}", before.1.len(), recorded.1.len())
        }
    };
    let reason = format!("the harness failed: what is masked in the record changes {said}");
    Some(NotRun { case: case.id.clone(), kind: NotRunKind::HarnessFailed, reason })
}
