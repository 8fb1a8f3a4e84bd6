//! Cases of ordered steps, families among them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::expander::{Expander, stepwise};
use crate::plan::case::{Case, Control, Destination, Role, Step, StepCase};
use crate::plan::id::CaseId;
use crate::plan::substitute::{Bindings, in_check};
use crate::plan::template::{BodyTemplate, Precondition, RequestTemplate};
use crate::suite::contract::{Requirement, RequirementId};
use crate::suite::scenario::{self, ExchangeCase, Expect, Fixture, Origin, Outcome, Placeholder};

impl Expander<'_> {
    /// The cases of a written one: itself, or one of each member of its family.
    pub fn exchange(&self, origin: &Origin, case: &ExchangeCase) -> Vec<Case> {
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
                            Some(value) => of_member(step, value),
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

    fn step(&self, step: &scenario::ScenarioStep, requirements: &[&Requirement]) -> Step {
        let Expect { outcome, case, status, checks } = &step.expect;
        // The pages of the vendor name the values that an operation takes: there, nothing else is carried out.
        let outcome = match outcome {
            Outcome::RejectedOrValid if self.edition.is_vendor() => &Outcome::Refused,
            Outcome::RejectedOrValid | Outcome::Accepted | Outcome::Refused | Outcome::Either => outcome,
        };
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
                    Outcome::Either | Outcome::RejectedOrValid => true,
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
}

/// What the steps of a case do to the appointment.
fn role(steps: &[Step]) -> Role {
    if steps.iter().all(|step| step.request.reads()) {
        return Role::Look;
    }
    if steps.iter().all(|step| step.outcome.is_of_mistake()) {
        return Role::Refusal;
    }
    let to = steps.iter().rev().filter(|step| !step.outcome.is_of_mistake()).find_map(target);
    let to = to.unwrap_or(Destination::State(Fixture::Any));
    if steps.iter().any(|step| step.outcome == Outcome::Accepted) {
        Role::Change { to, plain: false }
    } else {
        Role::Probe { to }
    }
}

/// The state one step leads to: what it says, else the last value it sets `/status` to.
fn target(step: &Step) -> Option<Destination> {
    if let Some(to) = step.to {
        return Some(Destination::State(to));
    }
    let body = &step.request.body;
    if *body == BodyTemplate::Advance || body.names(Placeholder::To) {
        return Some(Destination::Next);
    }
    step.request.status_set().map(|status| Destination::State(Fixture::of(status)))
}

/// A step of a family with the member's value in the place of `$each`.
fn of_member(mut step: Step, value: &Value) -> Step {
    let bindings = Bindings::from([("each".to_owned(), value.clone())]);
    // A family may give several lines of one header as a list.
    if let Value::Array(items) = value {
        let texts: Vec<String> = items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
        let headers = step.request.headers.iter_mut().map(|(_, lines)| lines);
        let tags = match &mut step.request.if_match {
            Precondition::Lines(lines) => Some(lines),
            Precondition::Absent | Precondition::Tag(_) => None,
        };
        for lines in headers.chain(tags).filter(|lines| matches!(lines.as_slice(), [only] if only == "$each")) {
            lines.clone_from(&texts);
        }
    }
    step.request.bind(&bindings);
    for rule in &mut step.checks {
        rule.check = in_check(&rule.check, &bindings);
    }
    step
}
