//! What was decided before the first request, as a record keeps it: which cases, what each sends, on which lanes.

use serde::{Deserialize, Serialize};

use crate::plan::{
    Act, Advance, BodyTemplate, Case, CaseId, CaseIndex, CaseKind, Control, Destination, KnownTag, Lane, Plan,
    Precondition, Race, RequestTemplate, Role, Step, StepCase, Unplanned,
};
use crate::suite::contract::RequirementId;
use crate::suite::scenario::{Credentials, Endpoint, Fixture, Outcome};

/// What was decided before the first request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedRecord {
    /// The cases that were asked for or serve as controls, with what each sends.
    pub cases: Vec<PlannedCaseRecord>,
    /// The lives of the appointments: which case is sent where, in which order.
    pub lanes: Vec<LaneRecord>,
    /// Cases that need no appointment.
    pub loose: Vec<CaseId>,
}

/// A case that was asked for, or that serves as a control of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedCaseRecord {
    /// The stable id of the case.
    pub id: CaseId,
    /// Every requirement of the edition that something in the case is judged for.
    pub requirements: Vec<RequirementId>,
    /// Whether it was asked for; otherwise it serves as a control.
    pub selected: bool,
    /// What the case is made of.
    pub kind: PlannedKindRecord,
    /// Why it could not be planned, where it could not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unplanned: Option<UnplannedRecord>,
}

/// The four kinds of case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedKindRecord {
    /// Ordered steps on one appointment.
    Exchange(PlannedStepsRecord),
    /// Several clients at once.
    Race(PlannedRaceRecord),
    /// Lists of steps that are drawn at random.
    Lists(PlannedListsRecord),
    /// A rule over all exchanges of a kind.
    Property,
}

/// Ordered steps on one appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedStepsRecord {
    /// The state that the appointment is to be in.
    pub fixture: Fixture,
    /// What the case does to its appointment.
    pub role: RoleRecord,
    /// What shows that a rejection had no other cause than its defect.
    pub control: PlannedControlRecord,
    /// The requests in their order.
    pub steps: Vec<PlannedStepRecord>,
}

/// Several clients at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedRaceRecord {
    /// The state that the appointments are to be in.
    pub fixture: Fixture,
    /// How many clients take part.
    pub clients: u32,
    /// How often it is run.
    pub rounds: u16,
}

/// Lists of steps that are drawn at random.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedListsRecord {
    /// The state that the appointments are to be in.
    pub fixture: Fixture,
    /// How many lists are drawn, where the run does not say otherwise.
    pub lists: u32,
    /// The most steps of a list.
    pub length: u32,
}

/// What a case does to its appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RoleRecord {
    /// Must be rejected without effect.
    Rejection,
    /// Must be accepted.
    Change {
        /// The state it leads to; absent where it is the one that the plan needs next.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        to: Option<Fixture>,
        /// Whether it is the documented status change and nothing else.
        plain: bool,
    },
    /// May be accepted.
    Probe {
        /// The state it then leads to; absent where it is the one that the plan needs next.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        to: Option<Fixture>,
    },
    /// Reads, or asks the server about itself.
    Look,
}

/// What shows that a rejection had no other cause than its defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedControlRecord {
    /// The plain status change that leads on from the same state, on the same appointment, with the tag from before.
    Advance,
    /// Another accepted case on the same appointment.
    Case(CaseId),
    /// The same value, accepted elsewhere in the run.
    Twin,
    /// A later step of the same case.
    Within,
}

/// One request: what differs from the documented one, and what is expected of the response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedStepRecord {
    /// What is sent.
    pub request: PlannedRequestRecord,
    /// Whether it is to be accepted.
    pub expect: ExpectedRecord,
    /// The requirements that the status code is judged for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub status: Vec<RequirementId>,
    /// The requirements that something else in the response is judged for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub checks: Vec<RequirementId>,
    /// The state after success, where the request decides it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<Fixture>,
}

/// Whether a request is to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedRecord {
    /// It is to be accepted.
    Accepted,
    /// It is to be rejected.
    Rejected,
    /// It is to be rejected, or carried out so that a valid appointment is served.
    RejectedOrValid,
    /// Either is right.
    Either,
}

/// A request that is decided but for `$names`; what is absent is as in the documented request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedRequestRecord {
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<String>,
    /// The path below the base URL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// The query without the question mark.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub query: Option<String>,
    /// Where the request goes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub endpoint: Option<Endpoint>,
    /// Whose credentials it carries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credentials: Option<Credentials>,
    /// What If-Match carries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub if_match: Option<PreconditionRecord>,
    /// Headers that differ, each with its lines; one without lines is left out.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headers: Vec<(String, Vec<String>)>,
    /// The body.
    pub body: PlannedBodyRecord,
}

/// What If-Match carries, where it is not the current version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PreconditionRecord {
    /// The header is left out.
    Absent,
    /// The current version; the header is left out where the server shows none.
    CurrentWhereShown,
    /// The current version without `W/`.
    Strong,
    /// The version before the current one.
    Stale,
    /// The ETag of the response to the last PATCH, verbatim.
    LastEtag,
    /// These lines, which may name `$version` and `$stale`.
    Lines(Vec<String>),
}

/// The body of a planned request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedBodyRecord {
    /// No byte.
    Empty,
    /// This JSON.
    Document(serde_json::Value),
    /// This text.
    Text(String),
    /// These bytes, in base64.
    Base64(String),
    /// The last accepted document of the appointment, again.
    Previous,
    /// The documented step that leads on, where none does.
    Advance,
}

/// Why a case could not be planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnplannedRecord {
    /// It does not concern this target, by its declaration.
    NotApplicable(String),
    /// The target cannot supply what it needs.
    NotTested(String),
}

/// The life of one appointment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneRecord {
    /// The state the appointment begins in.
    pub start: Fixture,
    /// Its stays in one state after another.
    pub acts: Vec<ActRecord>,
}

/// One stay of an appointment in one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActRecord {
    /// The state.
    pub state: Fixture,
    /// The cases tried there, in their order.
    pub tries: Vec<CaseId>,
    /// What leads on; absent where the life ends here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advance: Option<AdvanceRecord>,
}

/// What leads on from a state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AdvanceRecord {
    /// The plain documented status change; it belongs to no case.
    Plain {
        /// The state it leads to.
        to: Fixture,
        /// What is sent.
        request: PlannedRequestRecord,
    },
    /// A case.
    Case {
        /// The case.
        case: CaseId,
        /// The state it leads to.
        to: Fixture,
        /// Whether it must be accepted.
        certain: bool,
    },
}

impl PlannedRecord {
    /// What a plan decides.
    pub fn of(plan: &Plan) -> PlannedRecord {
        PlannedRecord { cases: cases(plan), lanes: lanes(plan), loose: ids(plan, &plan.loose) }
    }
}

/// The cases of a plan that were asked for or are sent, in the order of the catalogue.
fn cases(plan: &Plan) -> Vec<PlannedCaseRecord> {
    let lanes = plan.lanes.iter().flat_map(|lane| &lane.acts).flat_map(Act::cases);
    let sent: std::collections::BTreeSet<CaseIndex> = lanes.chain(plan.loose.iter().copied()).collect();
    let cases = plan.cases.iter().enumerate().filter(|(index, case)| case.head.selected || sent.contains(index));
    cases.map(|(index, case)| planned(case, plan.unplanned.get(&index))).collect()
}

/// The lanes of a plan.
fn lanes(plan: &Plan) -> Vec<LaneRecord> {
    let act =
        |act: &Act| ActRecord { state: act.state, tries: ids(plan, &act.tries), advance: advance(plan, &act.advance) };
    let lane = |lane: &Lane| LaneRecord { start: lane.start, acts: lane.acts.iter().map(act).collect() };
    plan.lanes.iter().map(lane).collect()
}

/// The ids of cases, by their places in the plan.
fn ids(plan: &Plan, places: &[CaseIndex]) -> Vec<CaseId> {
    places.iter().filter_map(|place| plan.cases.get(*place)).map(|case| case.head.id.clone()).collect()
}

fn planned(case: &Case, unplanned: Option<&Unplanned>) -> PlannedCaseRecord {
    PlannedCaseRecord {
        id: case.head.id.clone(),
        requirements: case.head.requirements.clone(),
        selected: case.head.selected,
        kind: match &case.kind {
            CaseKind::Exchange(case) => PlannedKindRecord::Exchange(steps(case)),
            CaseKind::Race(race) => PlannedKindRecord::Race(race_of(race)),
            CaseKind::Lists(lists) => PlannedKindRecord::Lists(PlannedListsRecord {
                fixture: lists.fixture,
                lists: lists.cases,
                length: count(lists.length),
            }),
            CaseKind::Property(_) => PlannedKindRecord::Property,
        },
        unplanned: unplanned.map(|unplanned| match unplanned {
            Unplanned::NotApplicable(reason) => UnplannedRecord::NotApplicable(reason.clone()),
            Unplanned::NotTested(reason) => UnplannedRecord::NotTested(reason.clone()),
        }),
    }
}

fn race_of(race: &Race) -> PlannedRaceRecord {
    PlannedRaceRecord { fixture: race.fixture, clients: count(race.clients.len()), rounds: race.rounds }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn steps(case: &StepCase) -> PlannedStepsRecord {
    let state = |target: Destination| match target {
        Destination::Next => None,
        Destination::State(state) => Some(state),
    };
    PlannedStepsRecord {
        fixture: case.fixture,
        role: match case.role {
            Role::Refusal => RoleRecord::Rejection,
            Role::Change { to, plain } => RoleRecord::Change { to: state(to), plain },
            Role::Probe { to } => RoleRecord::Probe { to: state(to) },
            Role::Look => RoleRecord::Look,
        },
        control: match &case.control {
            Control::Advance => PlannedControlRecord::Advance,
            Control::Case(id) => PlannedControlRecord::Case(id.clone()),
            Control::Twin => PlannedControlRecord::Twin,
            Control::Within => PlannedControlRecord::Within,
        },
        steps: case.steps.iter().map(step).collect(),
    }
}

fn step(step: &Step) -> PlannedStepRecord {
    let checks = step.checks.iter().flat_map(|rule| &rule.requirements);
    PlannedStepRecord {
        request: request(&step.request),
        expect: match step.outcome {
            Outcome::Accepted => ExpectedRecord::Accepted,
            Outcome::Refused => ExpectedRecord::Rejected,
            Outcome::RejectedOrValid => ExpectedRecord::RejectedOrValid,
            Outcome::Either => ExpectedRecord::Either,
        },
        status: step.status.iter().map(|rule| rule.requirement.clone()).collect(),
        checks: checks.map(|(requirement, _)| requirement.clone()).collect(),
        to: step.to,
    }
}

fn request(template: &RequestTemplate) -> PlannedRequestRecord {
    let documented = RequestTemplate::patch(BodyTemplate::Empty);
    PlannedRequestRecord {
        method: (template.method != documented.method).then(|| template.method.clone()),
        path: (template.path != documented.path).then(|| template.path.clone()),
        query: template.query.clone(),
        endpoint: (template.endpoint != documented.endpoint).then_some(template.endpoint),
        credentials: (template.credentials != documented.credentials).then_some(template.credentials),
        if_match: precondition(&template.if_match),
        headers: template.headers.clone(),
        body: match &template.body {
            BodyTemplate::Empty => PlannedBodyRecord::Empty,
            BodyTemplate::Document(document) => PlannedBodyRecord::Document(document.clone()),
            BodyTemplate::Text(text) => PlannedBodyRecord::Text(text.clone()),
            BodyTemplate::Base64(text) => PlannedBodyRecord::Base64(text.clone()),
            BodyTemplate::Previous => PlannedBodyRecord::Previous,
            BodyTemplate::Advance => PlannedBodyRecord::Advance,
        },
    }
}

fn precondition(precondition: &Precondition) -> Option<PreconditionRecord> {
    match precondition {
        Precondition::Absent => Some(PreconditionRecord::Absent),
        Precondition::Lines(lines) => Some(PreconditionRecord::Lines(lines.clone())),
        Precondition::Tag(tag) => match tag {
            KnownTag::Current => None,
            KnownTag::CurrentWhereShown => Some(PreconditionRecord::CurrentWhereShown),
            KnownTag::Strong => Some(PreconditionRecord::Strong),
            KnownTag::Stale => Some(PreconditionRecord::Stale),
            KnownTag::LastEtag => Some(PreconditionRecord::LastEtag),
        },
    }
}

fn advance(plan: &Plan, advance: &Advance) -> Option<AdvanceRecord> {
    match advance {
        Advance::End => None,
        Advance::Plain { to, request: template } => Some(AdvanceRecord::Plain { to: *to, request: request(template) }),
        Advance::Case { case, to, certain } => {
            let case = plan.cases.get(*case)?.head.id.clone();
            Some(AdvanceRecord::Case { case, to: *to, certain: *certain })
        }
    }
}
