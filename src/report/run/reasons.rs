//! Why requirements and cases have a verdict without evidence, grouped by reason.

use super::findings::shape;
use crate::record::{CaseId, RequirementId, RunRecord, Standing, Verdict};

/// The reasons that stand behind a verdict without evidence, with the requirements and cases each explains.
pub(in crate::report) fn reasons(record: &RunRecord, verdict: Verdict) -> Vec<ReasonGroup<'_>> {
    let mut reasons: Vec<ReasonGroup<'_>> = Vec::new();
    let mut order: Vec<_> = record.requirements.iter().filter(|requirement| requirement.verdict == verdict).collect();
    order.sort_by_key(|requirement| (requirement.beyond, requirement.standing != Standing::Native));
    for requirement in order {
        reason(&mut reasons, &requirement.reason, requirement.beyond).requirements.push(&requirement.id);
    }
    for case in record.cases.iter().filter(|case| case.verdict == verdict) {
        reason(&mut reasons, &case.reason, false).cases.push(&case.id);
    }
    reasons
}

/// One reason, without its full stop, and what it explains.
pub(in crate::report) struct ReasonGroup<'a> {
    pub(in crate::report) text: &'a str,
    /// The contract itself says that no scenario can verify it.
    pub(in crate::report) beyond: bool,
    pub(in crate::report) requirements: Vec<&'a RequirementId>,
    pub(in crate::report) cases: Vec<&'a CaseId>,
}

fn reason<'a, 'b>(reasons: &'b mut Vec<ReasonGroup<'a>>, text: &'a str, beyond: bool) -> &'b mut ReasonGroup<'a> {
    let text = text.trim().trim_end_matches('.');
    let like = |group: &ReasonGroup<'_>| group.beyond == beyond && shape(group.text) == shape(text);
    let place = reasons.iter().position(like).unwrap_or(reasons.len());
    if place == reasons.len() {
        reasons.push(ReasonGroup { text, beyond, requirements: Vec::new(), cases: Vec::new() });
    }
    &mut reasons[place]
}
