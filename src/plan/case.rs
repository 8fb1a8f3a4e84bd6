//! The cases of an edition: a head that all kinds share, and what each kind is made of.

use super::id::CaseId;
use super::race::Race;
use super::sequence::GeneratedLists;
use super::status::{plain_change, status_set};
use super::template::{BodyTemplate, KnownTag, Precondition, RequestTemplate};
use crate::suite::contract::{Breach, CodeBasis, Expectation, Level, RequirementId};
use crate::suite::scenario::{Check, Credentials, Feature, Fixture, On, Origin, Outcome, Placeholder, When};
use crate::words::fhir::AppointmentStatus;

/// A scenario made concrete for one edition: what every kind has, and what only this kind has.
#[derive(Debug, Clone)]
pub struct Case {
    pub head: Head,
    pub kind: CaseKind,
}

/// What cases of every kind have.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    pub id: CaseId,
    pub title: String,
    /// Every requirement of the edition that something in the case is judged for.
    pub requirements: Vec<RequirementId>,
    pub origin: Origin,
    /// Whether the user asked for it; the others serve as controls.
    pub selected: bool,
}

/// The four kinds of case.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a plan has some hundreds of cases, made once")]
pub enum CaseKind {
    /// Ordered steps on one fixture.
    Exchange(StepCase),
    /// Several clients at once.
    Race(Race),
    /// Lists of steps that are drawn at random.
    Lists(GeneratedLists),
    /// A rule over all exchanges of a kind.
    Property(PropertyRule),
}

/// Ordered steps on one fixture.
#[derive(Debug, Clone, PartialEq)]
pub struct StepCase {
    /// The requirements that the case as a whole verifies.
    pub verifies: Vec<RequirementId>,
    pub fixture: Fixture,
    pub role: Role,
    pub control: Control,
    pub needs: Vec<Feature>,
    pub steps: Vec<Step>,
    /// Not asked for, but it runs because a selected property looks at its exchanges.
    pub carries: bool,
    /// The cell of the transition table that it tries, where it is one: the status held, then the status sent.
    pub cell: Option<(AppointmentStatus, AppointmentStatus)>,
}

impl StepCase {
    /// Whether the case shows credentials that a server has to reject, and that it may lock an account for.
    pub fn shows_wrong_credentials(&self) -> bool {
        let wrong = [Credentials::Invalid, Credentials::ReadOnly, Credentials::Patient, Credentials::WriteOnly];
        self.steps.iter().any(|step| wrong.contains(&step.request.credentials))
    }

    /// Whether nothing about the case is peculiar: it is the plain documented PATCH itself.
    pub fn is_plain(&self) -> bool {
        matches!(self.role, Role::Change { plain: true, .. }) || self.is_documented_request()
    }

    /// Whether the case sends the plain documented change of status and nothing else.
    pub fn is_documented_request(&self) -> bool {
        let [step] = self.steps.as_slice() else { return false };
        let plain = match &step.request.body {
            BodyTemplate::Advance => true,
            BodyTemplate::Document(document) => {
                status_set(document).is_some_and(|status| plain_change(status) == *document)
            }
            BodyTemplate::Empty | BodyTemplate::Text(_) | BodyTemplate::Base64(_) | BodyTemplate::Previous => false,
        };
        let documented = RequestTemplate::patch(step.request.body.clone());
        let tag = matches!(step.request.if_match, Precondition::Tag(KnownTag::Current | KnownTag::CurrentWhereShown));
        plain
            && tag
            && step.outcome == Outcome::Accepted
            && step.request.clone().with_if_match(documented.if_match.clone()) == documented
    }
}

/// A case of ordered steps together with its head.
#[derive(Debug, Clone, Copy)]
pub struct Stepwise<'p> {
    pub head: &'p Head,
    pub body: &'p StepCase,
}

impl std::ops::Deref for Stepwise<'_> {
    type Target = StepCase;

    fn deref(&self) -> &StepCase {
        self.body
    }
}

impl Case {
    /// The case as one of ordered steps, where it is one.
    pub fn stepwise(&self) -> Option<Stepwise<'_>> {
        match &self.kind {
            CaseKind::Exchange(body) => Some(Stepwise { head: &self.head, body }),
            CaseKind::Race(_) | CaseKind::Lists(_) | CaseKind::Property(_) => None,
        }
    }

    /// The case as a race, where it is one.
    pub fn race(&self) -> Option<&Race> {
        match &self.kind {
            CaseKind::Race(race) => Some(race),
            CaseKind::Exchange(_) | CaseKind::Lists(_) | CaseKind::Property(_) => None,
        }
    }

    /// The case as generated lists, where it is one.
    pub fn lists(&self) -> Option<&GeneratedLists> {
        match &self.kind {
            CaseKind::Lists(lists) => Some(lists),
            CaseKind::Exchange(_) | CaseKind::Race(_) | CaseKind::Property(_) => None,
        }
    }

    /// The case as a property, where it is one.
    pub fn property(&self) -> Option<&PropertyRule> {
        match &self.kind {
            CaseKind::Property(rule) => Some(rule),
            CaseKind::Exchange(_) | CaseKind::Race(_) | CaseKind::Lists(_) => None,
        }
    }
}

/// What a case does to its appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Must be refused without effect.
    Refusal,
    /// Must be accepted and leads to a state; `plain` where it is the documented status change and nothing else.
    Change { to: Destination, plain: bool },
    /// May be accepted, and then leads to a state.
    Probe { to: Destination },
    /// Reads, or asks the server about itself.
    Look,
}

/// The state an accepted case leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Whatever status the plan needs next.
    Next,
    State(Fixture),
}

/// What shows that a refusal had no other cause than its defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// The plain status change that leads on from the same state, on the same appointment, with the tag from before.
    Advance,
    /// Another accepted case on the same appointment.
    Case(CaseId),
    /// No request can follow on this appointment: the same value was accepted elsewhere in the run from a state that
    /// allows it, and the tag sent is still current.
    Twin,
    /// A later step of the same case.
    Within,
}

/// One request and what its response is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub request: RequestTemplate,
    pub outcome: Outcome,
    pub status: Vec<StatusRule>,
    pub checks: Vec<CheckRule>,
    /// The state after success.
    pub to: Option<Fixture>,
}

impl Step {
    /// A request that is judged by no rule.
    pub fn unjudged(request: RequestTemplate) -> Step {
        Step { request, outcome: Outcome::Either, status: Vec::new(), checks: Vec::new(), to: None }
    }

    /// Whether the step is about an appointment that it does not address.
    pub fn names_bystander(&self) -> bool {
        self.request.body.names(Placeholder::Bystander)
            || self.checks.iter().any(|rule| rule.check == Check::BystanderUnchanged)
    }
}

/// The status codes that one requirement expects of a response.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusRule {
    pub requirement: RequirementId,
    pub expect: Expectation,
    pub code: CodeBasis,
    pub breach: Breach,
    pub level: Level,
}

/// A further check of a response.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRule {
    pub requirements: Vec<(RequirementId, Breach)>,
    pub check: Check,
}

/// A check over every exchange of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyRule {
    pub on: On,
    pub when: When,
    pub rule: CheckRule,
}
