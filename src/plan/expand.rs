//! Makes concrete cases of one edition from what was written, and keeps those that were asked for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::template::plain_change;
use super::{
    BodyTemplate, Case, CaseId, CaseKind, CheckRule, Control, Head, Precondition, PropertyRule, RequestTemplate, Role,
    Routes, StatusRule, Step, StepCase, Target,
};
use crate::suite::contract::{Cell, Contract, Edition, Requirement, RequirementId};
use crate::suite::scenario::{
    Catalogue, Check, ExchangeCase, Expect, Fixture, MatrixFile, Origin, Outcome, Patch, Placeholder, StepCheck,
};
use crate::words::fhir::AppointmentStatus;

/// What the user asked for. Empty means everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// A case is selected if its id contains one of these, or equals it where `exact` is set.
    pub filters: Vec<String>,
    /// Whether a filter must equal the whole id.
    pub exact: bool,
    /// A case is selected if it verifies one of these.
    pub requirements: Vec<RequirementId>,
}

/// A selection that selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    #[error(
        "the filter `{filter}` selects no case of edition {edition}; `patchproof list --edition {edition}` shows them all"
    )]
    NoCase { filter: String, edition: Edition },
    #[error("no case of edition {edition} verifies `{requirement}`; {why}")]
    NoRequirement { requirement: RequirementId, edition: Edition, why: String },
}

/// Everything written that concerns one edition, made concrete.
#[derive(Debug, Clone)]
pub struct Expanded {
    /// Exchange cases first, then properties, races and generated lists.
    pub cases: Vec<Case>,
    pub routes: Routes,
}

/// The cases of one edition, with those of `selection` marked.
///
/// # Errors
/// A filter or a requirement that selects nothing.
pub fn expand(
    catalogue: &Catalogue,
    contract: &Contract,
    edition: Edition,
    selection: &Selection,
) -> Result<Expanded, SelectionError> {
    let expander = Expander { contract, edition };
    let mut cases = Vec::new();
    let mut routes = Routes { open: !edition.is_vendor(), ..Routes::default() };
    for (origin, matrix) in &catalogue.matrices {
        cases.extend(expander.matrix(origin, matrix, &mut routes));
    }
    for (origin, case) in &catalogue.exchanges {
        cases.extend(expander.exchange(origin, case));
    }
    cases.extend(catalogue.properties.iter().filter_map(|(origin, property)| expander.property(origin, property)));
    cases.extend(super::race::races(catalogue, contract, edition));
    cases.extend(super::sequence::expand(catalogue, contract, edition));
    select(&mut cases, contract, edition, selection)?;
    Ok(Expanded { cases, routes })
}

fn select(
    cases: &mut [Case],
    contract: &Contract,
    edition: Edition,
    selection: &Selection,
) -> Result<(), SelectionError> {
    let everything = selection.filters.is_empty() && selection.requirements.is_empty();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for Head { id, requirements, selected, .. } in cases.iter_mut().map(|case| &mut case.head) {
        let matches =
            |filter: &&String| if selection.exact { id.0 == **filter } else { id.0.contains(filter.as_str()) };
        let filters = selection.filters.iter().filter(matches).map(String::as_str);
        let wanted = selection.requirements.iter().filter(|wanted| requirements.contains(wanted));
        let hits: Vec<&str> = filters.chain(wanted.map(RequirementId::as_str)).collect();
        *selected = everything || !hits.is_empty();
        found.extend(hits);
    }
    for filter in &selection.filters {
        if !found.contains(filter.as_str()) {
            return Err(SelectionError::NoCase { filter: filter.clone(), edition });
        }
    }
    for requirement in &selection.requirements {
        if !found.contains(requirement.as_str()) {
            let why = match contract.requirement(requirement) {
                None => "the contract has no such requirement".to_owned(),
                Some(own) if own.standing(edition).is_none() => "it does not stand in this edition".to_owned(),
                Some(own) => own.not_tested.clone().unwrap_or_else(|| "no scenario names it".to_owned()),
            };
            return Err(SelectionError::NoRequirement { requirement: requirement.clone(), edition, why });
        }
    }
    Ok(())
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

struct Expander<'a> {
    contract: &'a Contract,
    edition: Edition,
}

impl<'a> Expander<'a> {
    fn standing(&self, id: &RequirementId) -> Option<&'a Requirement> {
        self.contract.requirement(id).filter(|requirement| requirement.standing(self.edition).is_some())
    }

    fn admits(&self, editions: &Option<Vec<Edition>>) -> bool {
        editions.as_ref().is_none_or(|editions| editions.contains(&self.edition))
    }

    fn exchange(&self, origin: &Origin, case: &ExchangeCase) -> Vec<Case> {
        let requirements: Vec<&Requirement> = case.verifies.iter().filter_map(|id| self.standing(&id.value)).collect();
        if requirements.is_empty() || !self.admits(&case.editions) {
            return Vec::new();
        }
        let members: Vec<(String, Option<Value>)> = match &case.each {
            None => vec![(case.id.value.clone(), None)],
            Some(each) => {
                each.iter().map(|(name, value)| (case.id.value.replace("{name}", name), Some(value.clone()))).collect()
            }
        };
        members
            .into_iter()
            .map(|(id, each)| {
                let steps: Vec<Step> = case
                    .steps
                    .iter()
                    .map(|step| {
                        let step = self.step(&step.value, &requirements);
                        match &each {
                            Some(value) => super::substitute::each(step, value),
                            None => step,
                        }
                    })
                    .collect();
                let title = match id.rsplit('/').next() {
                    Some(name) if each.is_some() => format!("{} ({name})", case.title),
                    Some(_) | None => case.title.clone(),
                };
                let role = role(&steps);
                let control = match &case.control {
                    Some(control) => Control::Case(CaseId(control.value.clone())),
                    None if steps.len() > 1 => Control::Within,
                    None => Control::Advance,
                };
                let verifies = requirements.iter().map(|requirement| requirement.id.clone()).collect();
                let needs = case.needs.clone();
                let body = StepCase {
                    verifies,
                    fixture: case.fixture,
                    role,
                    control,
                    needs,
                    steps,
                    carries: false,
                    cell: None,
                };
                stepwise(CaseId(id), title, origin, body)
            })
            .collect()
    }

    fn step(&self, step: &crate::suite::scenario::Step, requirements: &[&Requirement]) -> Step {
        let Expect { outcome, case, status, checks } = &step.expect;
        let named: Option<BTreeSet<&RequirementId>> =
            step.verifies.as_ref().map(|ids| ids.iter().map(|id| &id.value).collect());
        let rules = requirements
            .iter()
            .filter(|requirement| named.as_ref().is_none_or(|named| named.contains(&requirement.id)))
            .filter_map(|requirement| {
                let expect = match status {
                    Some(status) => Some(status),
                    None => case
                        .as_deref()
                        .and_then(|case| requirement.expectation(self.edition, Some(case)))
                        .or_else(|| requirement.expectation(self.edition, None)),
                }?;
                let fits = match outcome {
                    Outcome::Accepted => expect.wants_success() || named.is_some(),
                    Outcome::Refused => expect.wants_refusal() || named.is_some(),
                    Outcome::Either => true,
                };
                fits.then(|| self.status_rule(requirement, expect.clone()))
            })
            .collect();
        let first = requirements.first().map(|requirement| requirement.id.clone());
        Step {
            request: RequestTemplate::written(step, self.edition),
            outcome: *outcome,
            status: rules,
            checks: checks.iter().filter_map(|check| self.check(&check.value, first.as_ref())).collect(),
            to: step.to,
        }
    }

    fn status_rule(&self, requirement: &Requirement, expect: crate::suite::contract::Expectation) -> StatusRule {
        StatusRule {
            requirement: requirement.id.clone(),
            expect,
            code: requirement.code,
            breach: requirement.breach(self.edition),
            level: requirement.level,
        }
    }

    fn check(&self, check: &StepCheck, first: Option<&RequirementId>) -> Option<CheckRule> {
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

    fn property(&self, origin: &Origin, property: &crate::suite::scenario::Property) -> Option<Case> {
        if !self.admits(&property.editions) {
            return None;
        }
        let requirements: Vec<_> = property
            .verifies
            .iter()
            .filter_map(|id| self.standing(&id.value))
            .map(|requirement| {
                (requirement.id.clone(), property.breach.unwrap_or_else(|| requirement.breach(self.edition)))
            })
            .collect();
        (!requirements.is_empty()).then(|| Case {
            head: Head {
                id: CaseId(property.id.value.clone()),
                title: property.title.clone(),
                requirements: requirements.iter().map(|(id, _)| id.clone()).collect(),
                origin: origin.clone(),
                selected: true,
            },
            kind: CaseKind::Property(PropertyRule {
                on: property.on,
                when: property.when.clone(),
                rule: CheckRule { requirements, check: property.check.clone() },
            }),
        })
    }

    fn matrix(&self, origin: &Origin, matrix: &MatrixFile, routes: &mut Routes) -> Vec<Case> {
        let Some(table) = self.contract.transitions.get(&self.edition) else { return Vec::new() };
        if !self.admits(&matrix.editions) {
            return Vec::new();
        }
        for (from, to) in table.walk() {
            routes.documents.insert((*from, *to), plain_change(*to));
        }
        let mut cases = Vec::new();
        for (from, to, cell) in table.cells() {
            let Some(own) = table.requirement(from, to).and_then(|id| self.standing(id)) else { continue };
            let settings: Vec<_> = matrix
                .cells
                .iter()
                .map(|setting| &setting.value)
                .filter(|setting| {
                    self.admits(&setting.editions)
                        && setting.from.as_ref().is_none_or(|set| set.contains(&from))
                        && setting.to.as_ref().is_none_or(|set| set.contains(&to))
                })
                .collect();
            let document = settings.iter().rev().find_map(|setting| setting.patch.clone());
            let document = match document {
                Some(Patch::Document(value)) => {
                    super::substitute(&value, &[("to".to_owned(), to.code().into())].into())
                }
                Some(Patch::Advance | Patch::Previous) | None => plain_change(to),
            };
            if cell == Cell::Allowed {
                routes.documents.insert((from, to), document.clone());
            }
            cases.push(self.cell(origin, &matrix.id.value, (from, to, cell), own, document, &settings));
        }
        cases
    }

    #[expect(clippy::too_many_lines, reason = "builds one literal of a case, member by member")]
    fn cell(
        &self,
        origin: &Origin,
        id: &str,
        (from, to, cell): (AppointmentStatus, AppointmentStatus, Cell),
        own: &Requirement,
        document: Value,
        settings: &[&crate::suite::scenario::MatrixCell],
    ) -> Case {
        let outcome = match cell {
            Cell::Allowed => Outcome::Accepted,
            Cell::UnsupportedValue | Cell::Omitted => Outcome::Refused,
            Cell::SelfTransition | Cell::Open => Outcome::Either,
        };
        let mut requirements = vec![own];
        for id in settings.iter().flat_map(|setting| &setting.verifies) {
            if let Some(requirement) = self.standing(&id.value)
                && requirement.expectation(self.edition, None).is_some_and(|expect| match outcome {
                    Outcome::Accepted => expect.wants_success(),
                    Outcome::Refused => expect.wants_refusal(),
                    Outcome::Either => true,
                })
            {
                requirements.push(requirement);
            }
        }
        let status = requirements
            .iter()
            .filter_map(|requirement| {
                let expect = requirement.expectation(self.edition, None)?;
                Some(self.status_rule(requirement, expect.clone()))
            })
            .collect();
        let mut checks: Vec<CheckRule> = Vec::new();
        if outcome == Outcome::Accepted {
            let after = [("/status".to_owned(), Value::from(to.code()))].into();
            checks.push(CheckRule {
                requirements: vec![(own.id.clone(), own.breach(self.edition))],
                check: Check::After(after),
            });
        }
        if outcome != Outcome::Refused {
            let listed = settings.iter().flat_map(|setting| &setting.checks);
            checks.extend(listed.filter_map(|check| self.check(&check.value, Some(&own.id))));
        }
        let says = match cell {
            Cell::Allowed => format!("{from} may become {to}"),
            Cell::UnsupportedValue => format!("{from} to {to} is refused: {to} cannot be set"),
            Cell::Omitted => format!("{from} to {to} is refused: the sequence is not listed"),
            Cell::SelfTransition => format!("{from} to {to}: no document decides"),
            Cell::Open => format!("{from} to {to}: accepted, or refused without effect"),
        };
        let body = StepCase {
            verifies: requirements.iter().map(|requirement| requirement.id.clone()).collect(),
            fixture: Fixture::of(from),
            role: match outcome {
                Outcome::Accepted => Role::Change { to: Target::State(Fixture::of(to)), plain: true },
                Outcome::Refused => Role::Refusal,
                Outcome::Either => Role::Probe { to: Target::State(Fixture::of(to)) },
            },
            control: Control::Advance,
            needs: Vec::new(),
            steps: vec![Step {
                request: RequestTemplate::document(document)
                    .with_if_match(Precondition::CURRENT.in_edition(self.edition)),
                outcome,
                status,
                checks,
                to: Some(Fixture::of(to)),
            }],
            carries: false,
            cell: Some((from, to)),
        };
        stepwise(CaseId(id.replace("{from}", from.code()).replace("{to}", to.code())), says, origin, body)
    }
}

/// A case of ordered steps with its head.
fn stepwise(id: CaseId, title: String, origin: &Origin, body: StepCase) -> Case {
    let requirements = judged_for(&body.verifies, &body.steps);
    Case {
        head: Head { id, title, requirements, origin: origin.clone(), selected: true },
        kind: CaseKind::Exchange(body),
    }
}

/// What the steps of a case do to the appointment.
fn role(steps: &[Step]) -> Role {
    if steps.iter().all(|step| step.request.reads()) {
        return Role::Look;
    }
    if steps.iter().all(|step| step.outcome == Outcome::Refused) {
        return Role::Refusal;
    }
    let to = steps.iter().rev().filter(|step| step.outcome != Outcome::Refused).find_map(target);
    let to = to.unwrap_or(Target::State(Fixture::Any));
    if steps.iter().any(|step| step.outcome == Outcome::Accepted) {
        Role::Change { to, plain: false }
    } else {
        Role::Probe { to }
    }
}

/// The state one step leads to: what it says, else the last value it sets `/status` to.
fn target(step: &Step) -> Option<Target> {
    if let Some(to) = step.to {
        return Some(Target::State(to));
    }
    let body = &step.request.body;
    if *body == BodyTemplate::Advance || body.names(Placeholder::To) {
        return Some(Target::Next);
    }
    step.request.status_set().map(|status| Target::State(Fixture::of(status)))
}
