//! Words of our own: what scenarios and generators wrote, which is recorded as it is.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash as _, Hasher as _};

use serde_json::Value;

use crate::execute::creations;
use crate::plan::{BodyTemplate, Case, CaseKind, Plan, Racer, RequestTemplate, Step};
use crate::suite::scenario::{Check, Fixture};
use crate::words::fhir::{AppointmentStatus, ISSUE_CODES, ISSUE_SEVERITIES};

/// Texts and numbers that we wrote ourselves. Only their hashes are kept: generated bodies may be long.
#[derive(Debug, Default)]
pub(super) struct AuthoredText {
    words: HashSet<u64>,
    moments: BTreeSet<jiff::Timestamp>,
    headers: BTreeSet<String>,
}

impl AuthoredText {
    /// Whether a text is one of ours, or names the same moment as one of ours.
    pub fn has(&self, text: &str) -> bool {
        self.words.contains(&hash(text))
            || (!self.moments.is_empty() && text.parse().is_ok_and(|moment| self.moments.contains(&moment)))
    }

    /// Whether a scenario speaks of this header of a response.
    pub fn names_header(&self, name: &str) -> bool {
        self.headers.contains(name)
    }

    /// Takes over the words of a plan.
    pub fn learn_plan(&mut self, plan: &Plan) {
        AppointmentStatus::ALL.iter().for_each(|status| self.word(status.code()));
        ISSUE_CODES.iter().chain(&ISSUE_SEVERITIES).for_each(|code| self.word(code));
        plan.routes.documents.values().for_each(|document| self.value(document));
        plan.cases.iter().for_each(|case| self.learn_case(case));
        let states = [Fixture::Booked, Fixture::Proposed];
        for body in states.into_iter().flat_map(|state| creations(plan.edition, state, None)) {
            self.text(&body);
        }
    }

    fn learn_case(&mut self, case: &Case) {
        match &case.kind {
            CaseKind::Exchange(body) => body.steps.iter().for_each(|step| self.learn_step(step)),
            CaseKind::Property(property) => self.check(&property.rule.check),
            CaseKind::Race(race) => {
                race.then.iter().for_each(|request| self.learn_request(request));
                for racer in &race.clients {
                    match racer {
                        Racer::Writer { request } => self.learn_request(request),
                        Racer::Reader { .. } => {}
                    }
                }
            }
            // What they send is drawn in the run; each step is learnt with what was seen of it.
            CaseKind::Lists(_) => {}
        }
    }

    /// Takes over the words of a step.
    pub fn learn_step(&mut self, step: &Step) {
        self.learn_request(&step.request);
        step.checks.iter().for_each(|rule| self.check(&rule.check));
    }

    /// Takes over the words of a request.
    pub fn learn_request(&mut self, request: &RequestTemplate) {
        match &request.body {
            BodyTemplate::Document(document) => self.value(document),
            BodyTemplate::Text(text) => self.text(text),
            BodyTemplate::Base64(text) => self.word(text.trim()),
            BodyTemplate::Empty | BodyTemplate::Previous | BodyTemplate::Advance => {}
        }
        let query = request.query.as_deref().unwrap_or_default();
        query.split('&').filter_map(|pair| pair.split_once('=')).for_each(|(_, value)| self.word(value));
    }

    fn check(&mut self, check: &Check) {
        match check {
            Check::After(members) | Check::BodyHas(members) => members.values().for_each(|value| self.value(value)),
            Check::AfterContains(value) | Check::AfterLacks(value) => self.value(value),
            Check::Header(check) => {
                self.headers.insert(check.name.to_ascii_lowercase());
            }
            Check::NotLater { earlier, later, .. } => {
                self.headers.extend([earlier, later].map(|name| name.to_ascii_lowercase()));
            }
            Check::Outcome(check) => check.code.iter().for_each(|code| self.word(code)),
            Check::Body(_)
            | Check::Json(_)
            | Check::AfterAbsent(_)
            | Check::OnlyChanged(_)
            | Check::OnlyNamed(_)
            | Check::HasEffect
            | Check::IdOfUrl
            | Check::LastUpdatedMoves
            | Check::LastUpdatedForwards
            | Check::GetsResponse(_)
            | Check::NoServerFailure
            | Check::ReadsAreFresh
            | Check::Changed(_)
            | Check::SameContent
            | Check::NewVersion
            | Check::TagIsNextRead
            | Check::TagAccepted(_)
            | Check::TagsUnique
            | Check::Resource(_)
            | Check::Served(_)
            | Check::LastModifiedIsLastUpdated
            | Check::EchoesRequestId
            | Check::NarrativeNamesStatus
            | Check::DeclaresPatch
            | Check::DeclaresPatchFormat
            | Check::WorksAsDeclared
            | Check::Status { .. }
            | Check::Unchanged
            | Check::ControlAccepted
            | Check::BystanderUnchanged
            | Check::EntirelyOldOrNew => {}
        }
    }

    /// A body, and the words in it where it is JSON.
    fn text(&mut self, text: &str) {
        self.word(text);
        if let Ok(value) = serde_json::from_str(text) {
            self.value(&value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.word(text),
            Value::Number(number) => self.word(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                self.word(name);
                self.value(member);
            }),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn word(&mut self, text: &str) {
        self.words.insert(hash(text));
        self.moments.extend(text.parse::<jiff::Timestamp>());
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
