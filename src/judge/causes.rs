//! Causes before consequences: of the rules that one response breaks, those that presuppose another one follow from it.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::Verdict;
use crate::execute::evidence::{Exchange, ExchangeId};
use crate::suite::contract::{Contract, RequirementId};
use crate::words::fhir::StatusCode;

/// Turns every failure that follows from another one, in the same response, into a finding that decides nothing and names
/// its cause (design section 4.5). A breach in another trial stands.
pub(super) fn find(contract: &Contract, index: &Index<'_>, results: &mut [CaseResult]) {
    let mut broken: BTreeMap<ExchangeId, BTreeSet<RequirementId>> = BTreeMap::new();
    for finding in results.iter().flat_map(|result| &result.findings) {
        if let (Verdict::Fail, Some(exchange)) = (finding.verdict, finding.exchange) {
            broken.entry(exchange).or_default().insert(finding.requirement.clone());
        }
    }
    broken.retain(|_, rules| rules.len() > 1);
    for result in results {
        let mut changed = false;
        for finding in result.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Fail) {
            let Some((rules, id)) = finding.exchange.and_then(|id| Some((broken.get(&id)?, id))) else { continue };
            let status = index.exchange(id).and_then(Exchange::status);
            if let Some(cause) = cause(contract, &finding.requirement, rules, status) {
                finding.found = format!("{}, which follows from {cause}", finding.found);
                finding.verdict = Verdict::Inconclusive;
                changed = true;
            }
        }
        if changed {
            result.conclude();
        }
    }
}

/// The rule that a breach of another one follows from, of those that the same response breaks.
fn cause<'r>(
    contract: &Contract,
    id: &RequirementId,
    rules: &'r BTreeSet<RequirementId>,
    status: Option<StatusCode>,
) -> Option<&'r RequirementId> {
    let at_fault = |id: &RequirementId| {
        let shown = contract.requirement(id).map(|rule| rule.shown_by.as_slice()).unwrap_or_default();
        status.is_some_and(|status| shown.iter().any(|pattern| pattern.covers(status)))
    };
    if at_fault(id) {
        return None;
    }
    let presupposed = contract.presupposed(id);
    let related = |other: &&RequirementId| {
        presupposed.contains(other) || (at_fault(other) && contract.presupposed(other).contains(&id))
    };
    rules.iter().filter(|other| *other != id).find(related)
}
