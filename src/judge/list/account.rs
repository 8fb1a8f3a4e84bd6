//! What is known while the steps of a list are judged one after another, and the notes that are taken.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use super::deviation::{Deviation, DeviationKind, ListJudgement, Undecided};
use crate::execute::evidence::{Exchange, ExchangeId, Moving, Response};
use crate::judge::bodies::Bodies;
use crate::judge::check::version_of;
use crate::judge::verdict::Verdict;
use crate::model::Reason;
use crate::plan::StatusRule;
use crate::suite::contract::{Contract, Edition, RequirementId};

/// A resource as a read shows it, with the exchange of the read.
pub(super) type Shown<'e> = (Rc<Value>, &'e Exchange);

/// The notes on one list so far.
pub(super) struct Account<'e> {
    pub contract: &'e Contract,
    pub edition: Edition,
    pub exchanges: &'e [Exchange],
    /// What moves by itself.
    pub moving: &'e Moving,
    /// The step that is judged, counted from 0, and its exchange.
    pub step: usize,
    pub exchange: ExchangeId,
    /// The document of the step has several operations.
    pub several: bool,
    /// Versions that the appointment had before the present one.
    pub earlier: BTreeSet<String>,
    /// Requirements whose rejections wait for an accepted request after them, without which they prove nothing.
    pub waiting: Vec<RequirementId>,
    pub bodies: Bodies<'e>,
    pub judged: ListJudgement,
}

impl<'e> Account<'e> {
    pub fn new(contract: &'e Contract, edition: Edition, exchanges: &'e [Exchange], moving: &'e Moving) -> Account<'e> {
        Account {
            contract,
            edition,
            exchanges,
            moving,
            step: 0,
            exchange: 0,
            several: false,
            earlier: BTreeSet::new(),
            waiting: Vec::new(),
            bodies: Bodies::default(),
            judged: ListJudgement::default(),
        }
    }

    /// An exchange of the evidence.
    pub fn exchange_of(&self, id: ExchangeId) -> Option<&'e Exchange> {
        self.exchanges.get(usize::try_from(id).ok()?)
    }

    /// A read as a resource; `None` where there is no such read or it shows none.
    ///
    /// # Errors
    /// The body met a limit of patchproof.
    pub fn read(&self, id: Option<ExchangeId>) -> Result<Option<Shown<'e>>, Undecided> {
        let Some(exchange) = id.and_then(|id| self.exchange_of(id)) else { return Ok(None) };
        if let Some(limit) = exchange.received().and_then(Response::limit) {
            return Err(Undecided::Limit(limit.into_owned()));
        }
        Ok(self.bodies.resource(Some(exchange)).map(|resource| (resource, exchange)))
    }

    /// The opaque part of the version that a read shows.
    pub fn version(&self, read: &'e Exchange) -> Option<String> {
        version_of(&self.bodies, read)
    }

    /// What the requirement of a reason expects of the status code, where it stands in the edition.
    pub fn rule(&self, reason: &Reason) -> Option<StatusRule> {
        let requirement = self.contract.requirement(reason.requirement.as_ref()?)?;
        requirement.standing(self.edition)?;
        let expect = reason
            .case
            .and_then(|case| requirement.expectation(self.edition, Some(case)))
            .or_else(|| requirement.expectation(self.edition, None))?;
        Some(StatusRule {
            requirement: requirement.id.clone(),
            expect: expect.clone(),
            code: requirement.code,
            breach: requirement.breach(self.edition),
            level: requirement.level,
        })
    }

    /// What a requirement expects of the status code, where it stands in the edition.
    pub fn rule_of(&self, id: &str) -> Option<StatusRule> {
        self.rule(&Reason { requirement: Some(id.parse().ok()?), case: None, also: false })
    }

    /// Notes a deviation from a requirement that stands; its verdict is the requirement's where none is given.
    pub fn deviate(
        &mut self,
        id: &str,
        kind: DeviationKind,
        verdict: Option<Verdict>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let Ok(id) = id.parse::<RequirementId>() else { return };
        let Some(requirement) = self.contract.requirement(&id) else { return };
        if requirement.standing(self.edition).is_none() {
            return;
        }
        let verdict = verdict.unwrap_or_else(|| requirement.breach(self.edition).into());
        self.judged.deviations.push(Deviation {
            step: self.step,
            requirement: id,
            kind,
            verdict,
            expected: expected.into(),
            found: found.into(),
            exchange: self.exchange,
        });
    }

    /// Notes that a requirement was kept.
    pub fn keep(&mut self, id: RequirementId) {
        *self.judged.kept.entry(id).or_default() += 1;
    }

    /// Notes that the requirement with this role was kept.
    pub fn keep_id(&mut self, id: &str) {
        if let Ok(id) = id.parse() {
            self.keep(id);
        }
    }
}
