//! Causes before consequences: what a broken rule or the headline explains decides nothing and names its cause.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::{Cause, Finding, Verdict};
use crate::execute::evidence::{ControlSeen, Exchange, ExchangeId, Purpose};
use crate::plan::CaseId;
use crate::suite::contract::{Contract, RequirementId, roles};
use crate::suite::scenario::Outcome;
use crate::words::fhir::StatusCode;

/// Gives every finding that follows from something else its cause, and makes it one that decides nothing (design section
/// 4.5). A breach of its own, in another trial, stands.
pub(super) fn find(contract: &Contract, index: &Index<'_>, results: &mut [CaseResult]) {
    let breaches = Breaches::of(contract, index, results);
    for result in results.iter_mut() {
        let mut changed = false;
        for finding in &mut result.findings {
            let cause = match finding.verdict {
                Verdict::Fail | Verdict::Warn => breaches.behind(finding).map(Cause::Rule),
                Verdict::Inconclusive => breaches.below(finding).map(Cause::Rule).or_else(|| headline(index, finding)),
                Verdict::NotTested => headline(index, finding),
                Verdict::Error | Verdict::Pass | Verdict::Observed | Verdict::NotApplicable => None,
            };
            if cause.is_some() && matches!(finding.verdict, Verdict::Fail | Verdict::Warn) {
                finding.verdict = Verdict::Inconclusive;
                changed = true;
            }
            finding.cause = cause;
        }
        changed |= notes(&mut result.findings);
        if changed {
            result.conclude();
        }
    }
    lead_to_roots(results);
}

/// Replaces a cause that itself follows from something by what that follows from.
fn lead_to_roots(results: &mut [CaseResult]) {
    let findings = || results.iter().flat_map(|result| &result.findings);
    let broken: BTreeSet<&RequirementId> =
        findings().filter(|one| one.verdict == Verdict::Fail).map(|one| &one.requirement).collect();
    let mut behind: BTreeMap<RequirementId, Cause> = BTreeMap::new();
    for finding in findings().filter(|one| !broken.contains(&one.requirement)) {
        if let Some(cause @ Cause::Rule(root)) = &finding.cause
            && broken.contains(root)
        {
            behind.entry(finding.requirement.clone()).or_insert_with(|| cause.clone());
        }
    }
    for cause in results.iter_mut().flat_map(|result| &mut result.findings).filter_map(|one| one.cause.as_mut()) {
        if let Cause::Rule(rule) = cause
            && let Some(root) = behind.get(rule)
        {
            *cause = root.clone();
        }
    }
}

/// What is only counted beside findings that all follow from something follows from it too; whether there was any.
fn notes(findings: &mut [Finding]) -> bool {
    let mut changed = false;
    for place in 0..findings.len() {
        let (before, rest) = findings.split_at_mut(place);
        let Some(note) = rest.first_mut() else { continue };
        let counts = note.exchange.is_none() && note.expected.is_empty() && note.cause.is_none();
        if !counts || !matches!(note.verdict, Verdict::Fail | Verdict::Warn) {
            continue;
        }
        let mut of =
            before.iter().filter(|one| one.requirement == note.requirement && one.verdict != Verdict::Pass).peekable();
        let first = of.peek().and_then(|one| one.cause.clone());
        if let Some(cause) = first.filter(|_| of.all(|one| one.cause.is_some())) {
            (note.verdict, note.cause, changed) = (Verdict::Inconclusive, Some(cause), true);
        }
    }
    changed
}

/// Whether a finding says no more than the headline of the run.
fn headline(index: &Index<'_>, finding: &Finding) -> Option<Cause> {
    let not_run = index.not_run(&finding.case).filter(|not_run| not_run.kind.is_headline())?;
    (finding.exchange.is_none() && finding.found == not_run.reason).then_some(Cause::Headline)
}

/// The statuses that more requests were rejected with that had to succeed than succeeded at all.
fn general(index: &Index<'_>) -> BTreeSet<StatusCode> {
    let mut rejected: BTreeMap<StatusCode, usize> = BTreeMap::new();
    let mut accepted = 0;
    for exchange in index.exchanges().filter(|exchange| exchange.is_patch()) {
        let must = index.place(exchange.id).is_some_and(|place| place.step.outcome == Outcome::Accepted);
        match exchange.status().filter(|_| must) {
            Some(status) if status.is_success() => accepted += 1,
            Some(status) => *rejected.entry(status).or_default() += 1,
            None => {}
        }
    }
    rejected.into_iter().filter(|(_, count)| *count > accepted).map(|(status, _)| status).collect()
}

/// The rules that a run shows broken, by the exchange that shows it and by the status that it had.
struct Breaches<'a, 'e> {
    contract: &'a Contract,
    index: &'a Index<'e>,
    /// What the documented request itself rests on: whatever must succeed rests on it too.
    plain: BTreeSet<&'a RequirementId>,
    at: BTreeMap<ExchangeId, BTreeSet<RequirementId>>,
    with: BTreeMap<StatusCode, BTreeSet<RequirementId>>,
    /// Statuses that meet most of what had to succeed: then one cause stands behind them.
    general: BTreeSet<StatusCode>,
}

impl<'a, 'e> Breaches<'a, 'e> {
    fn of(contract: &'a Contract, index: &'a Index<'e>, results: &[CaseResult]) -> Breaches<'a, 'e> {
        let promise = contract.requirements.iter().find(|rule| rule.id.as_str() == roles::STATUS_IS_REPLACED);
        let plain = promise.map(|rule| contract.presupposed(&rule.id)).unwrap_or_default().into_iter();
        let plain = plain.chain(promise.map(|rule| &rule.id)).collect();
        let general = general(index);
        let mut breaches = Breaches { contract, index, plain, at: BTreeMap::new(), with: BTreeMap::new(), general };
        let broken = results.iter().flat_map(|result| &result.findings).filter(|one| one.verdict == Verdict::Fail);
        for finding in broken {
            for id in finding.exchange.iter().chain(&finding.also) {
                breaches.at.entry(*id).or_default().insert(finding.requirement.clone());
                if let Some(status) = index.exchange(*id).and_then(Exchange::status) {
                    breaches.with.entry(status).or_default().insert(finding.requirement.clone());
                }
            }
        }
        breaches
    }

    /// The rule that a breach follows from.
    fn behind(&self, finding: &Finding) -> Option<RequirementId> {
        let id = finding.exchange?;
        let status = self.index.exchange(id).and_then(Exchange::status);
        let rule = &finding.requirement;
        if self.shows(rule, status) {
            return None;
        }
        let presupposed = self.contract.presupposed(rule);
        let general = status.is_some_and(|status| self.general.contains(&status));
        let by_code = general && !self.plain.contains(rule) && self.by_code(id, rule);
        let rests = |other: &RequirementId| presupposed.contains(&other) || (by_code && self.plain.contains(other));
        let turned = |other: &RequirementId| {
            self.shows(other, status)
                && (self.contract.presupposed(other).contains(&rule)
                    || (by_code && self.contract.presupposed(other).iter().any(|one| self.plain.contains(one))))
        };
        self.broken(id, status).filter(|other| *other != rule).find(|other| rests(other) || turned(other)).cloned()
    }

    /// The rule whose breach leaves a finding open: it broke a request that had to succeed first.
    fn below(&self, finding: &Finding) -> Option<RequirementId> {
        let failed = |id: &ExchangeId| self.rejected_success(*id) || self.meets_most(*id);
        self.needed(finding)
            .into_iter()
            .filter(failed)
            .find_map(|id| self.root(id))
            .filter(|root| *root != finding.requirement)
    }

    /// The exchanges that had to succeed for a finding to be decided: its own, those of its trial, and the control.
    fn needed(&self, finding: &Finding) -> Vec<ExchangeId> {
        let mut needed: Vec<ExchangeId> = finding.exchange.into_iter().collect();
        needed.extend(self.steps(&finding.case, finding.exchange));
        needed.extend(finding.exchange.and_then(|id| self.index.shared_batch(id)?.control));
        needed
    }

    /// The steps of the trial that an exchange belongs to, and its control; of the last trial where there is no exchange.
    fn steps(&self, case: &CaseId, exchange: Option<ExchangeId>) -> Vec<ExchangeId> {
        let mut attempts = self.index.attempts(case).iter().rev();
        let of = attempts
            .find(|attempt| exchange.is_none_or(|exchange| attempt.steps.iter().any(|step| step.exchange == exchange)));
        let Some(attempt) = of else { return Vec::new() };
        let control = match &attempt.control {
            ControlSeen::Exchange(id) => Some(*id),
            ControlSeen::Twin(_) | ControlSeen::NotNeeded | ControlSeen::Missing(_) => None,
        };
        attempt.steps.iter().map(|step| step.exchange).chain(control).collect()
    }

    /// The rule that a rejected success breaks and that nothing else explains.
    fn root(&self, id: ExchangeId) -> Option<RequirementId> {
        let status = self.index.exchange(id).and_then(Exchange::status);
        let mut rules: Vec<&RequirementId> = self.broken(id, status).collect();
        if rules.is_empty() {
            // A control that is rejected as the same document is in a trial fails for the same reason.
            rules = self.twin(id).and_then(|twin| self.at.get(&twin)).into_iter().flatten().collect();
        }
        let first =
            |of: &dyn Fn(&RequirementId) -> bool| rules.iter().find(|rule| of(rule)).map(|rule| (*rule).clone());
        first(&|rule| self.shows(rule, status)).or_else(|| first(&|rule| self.plain.contains(rule))).or_else(|| {
            first(&|rule| {
                let presupposed = self.contract.presupposed(rule);
                !rules.iter().any(|other| *other != rule && presupposed.contains(other))
            })
        })
    }

    /// The rules that an exchange shows broken: those that were found broken in it, and, of a status that meets most of what
    /// had to succeed, the broken ones that it is the sign of.
    fn broken(&self, id: ExchangeId, status: Option<StatusCode>) -> impl Iterator<Item = &RequirementId> {
        let shown = status.filter(|status| self.general.contains(status)).and_then(|status| self.with.get(&status));
        let shown = shown.into_iter().flatten().filter(move |other| self.shows(other, status));
        self.at.get(&id).into_iter().flatten().chain(shown)
    }

    /// A trial that breaks a rule with the same document and the same status.
    fn twin(&self, id: ExchangeId) -> Option<ExchangeId> {
        let this = self.index.exchange(id).filter(|exchange| exchange.is_patch())?;
        let (status, document) = (this.status()?, this.request.body.text()?);
        let alike = |other: &&ExchangeId| {
            self.rejected_success(**other)
                && self.index.exchange(**other).is_some_and(|exchange| {
                    exchange.status() == Some(status) && exchange.request.body.text() == Some(document)
                })
        };
        self.at.keys().find(alike).copied()
    }

    /// Whether a rule is about the code of a PATCH, and the PATCH was rejected.
    fn by_code(&self, id: ExchangeId, rule: &RequirementId) -> bool {
        let rejected = self.index.exchange(id).is_some_and(|exchange| exchange.is_patch() && !exchange.succeeded());
        let place = self.index.place(id).filter(|_| rejected);
        place.is_some_and(|place| place.step.status.iter().any(|one| one.requirement == *rule))
    }

    /// Whether a PATCH that had to be accepted was rejected.
    fn rejected_success(&self, id: ExchangeId) -> bool {
        let rejected = self.index.exchange(id).filter(|exchange| exchange.is_patch() && !exchange.succeeded());
        rejected.is_some_and(|exchange| match self.index.place(id) {
            Some(place) => place.step.outcome == Outcome::Accepted,
            // What belongs to no case is the documented request.
            None => matches!(exchange.purpose, Purpose::Advance | Purpose::Control),
        })
    }

    /// Whether a PATCH was rejected with what meets most of what had to succeed.
    fn meets_most(&self, id: ExchangeId) -> bool {
        let patch = self.index.exchange(id).filter(|exchange| exchange.is_patch());
        patch.and_then(Exchange::status).is_some_and(|status| self.general.contains(&status))
    }

    /// Whether a status is what a breach of the rule looks like, by the contract.
    fn shows(&self, rule: &RequirementId, status: Option<StatusCode>) -> bool {
        let shown = self.contract.requirement(rule).map(|rule| rule.shown_by.as_slice()).unwrap_or_default();
        status.is_some_and(|status| shown.iter().any(|pattern| pattern.covers(status)))
    }
}
