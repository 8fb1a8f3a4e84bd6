//! Holds what requests were filled with against what was seen before them: a tag was shown, an id is that of the appointment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::difference::{Difference, evidence_difference};
use crate::execute::evidence::{Bound, Evidence, Exchange, Purpose, StepSeen, TagOrigin, TrialKind, in_lists};
use crate::execute::{made_id, opaque, version};
use crate::record::{Redact, RunRecord};

/// Adds values that nothing in the record shows.
pub(super) fn check(record: &RunRecord, evidence: &Evidence, differences: &mut Vec<Difference>) {
    let is_redacted = record.target.redaction == Redact::Phi;
    let known = known(evidence);
    let mut shown: BTreeMap<&str, ShownTags> = BTreeMap::new();
    let steps = steps(evidence);
    for exchange in &evidence.exchanges {
        let differ = |member: &str, found: &str, wanted: &str| {
            evidence_difference(format!("exchanges[{}].{member}", exchange.id), found, wanted)
        };
        if let Some(bound) = &exchange.bound {
            let seen = exchange.appointment.as_deref().and_then(|id| shown.get(id));
            let wrong = wrong(bound, exchange, seen, is_redacted);
            differences.extend(wrong.map(|(member, found, wanted)| differ(member, &found, wanted)));
            if let Some(step) = steps.get(&exchange.id) {
                let origin = origin(bound, step, seen, is_redacted);
                differences.extend(origin.map(|(found, wanted)| differ("bound", &found, &wanted)));
            }
        }
        if let Some(id) = exchange.appointment.as_deref() {
            if exchange.request.method != "GET" && !known.contains(id) {
                differences.push(differ("appointment", id, "one of the appointments under `fixtures`"));
            }
            shown.entry(id).or_default().take(exchange);
        }
    }
    let within = in_lists(&evidence.exchanges, &evidence.trials);
    // The clean-up of a run names what its lists made, too.
    let is_beside = |exchange: &Exchange| exchange.purpose != Purpose::CleanUp;
    let beside = evidence.exchanges.iter().zip(within).filter(|(one, is_within)| !is_within && is_beside(one));
    let beside_lists: BTreeSet<&str> = beside.filter_map(|(exchange, _)| exchange.appointment.as_deref()).collect();
    for fixture in evidence.fixtures.iter().filter(|fixture| fixture.made) {
        // The list for which one was made may be one that is only counted.
        if beside_lists.contains(fixture.id.as_str()) && !created(evidence).any(|id| id == fixture.id) {
            let place = format!("fixtures[{}].made", fixture.id);
            differences.push(evidence_difference(place, true, "false: no response to a POST names it"));
        }
    }
}

/// What the exchanges with one appointment showed so far.
#[derive(Default)]
struct ShownTags {
    tags: BTreeSet<(String, ShownBy)>,
    etags: BTreeSet<String>,
    documents: Vec<Value>,
    /// A version id stands behind a placeholder.
    is_hidden: bool,
}

/// A tag in a form that can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ShownBy {
    Patch,
    Read,
    VersionId,
}

impl ShownTags {
    fn take(&mut self, exchange: &Exchange) {
        if exchange.request.method == "GET" {
            if let Some((tag, origin)) = version(exchange) {
                self.is_hidden |= tag.contains('[');
                self.tags.insert((tag, if origin == TagOrigin::Read { ShownBy::Read } else { ShownBy::VersionId }));
            }
        } else if let Some(received) = exchange.received().filter(|received| received.status.is_success()) {
            let etag = received.header("etag").map(str::to_owned);
            self.tags.extend(etag.clone().map(|etag| (etag, ShownBy::Patch)));
            self.etags.extend(etag);
            self.documents.extend(exchange.request.body.json());
        }
    }

    fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|(shown, _)| shown == tag)
    }
}

/// The tag of an appointment of which nothing can be read.
const UNREAD: &str = "W/\"1\"";

/// What is wrong with the values of a request: the member, what it is, and what it should be.
fn wrong(
    bound: &Bound,
    exchange: &Exchange,
    seen: Option<&ShownTags>,
    is_redacted: bool,
) -> Option<(&'static str, String, &'static str)> {
    let name = |name: &str| bound.names.get(name).and_then(Value::as_str);
    let is_hidden = is_redacted && seen.is_some_and(|seen| seen.is_hidden);
    let is_shown = |tag: &String| is_hidden || tag == UNREAD || seen.is_some_and(|seen| seen.has(tag));
    if let (Some(id), Some(appointment)) = (name("id"), exchange.appointment.as_deref())
        && id != appointment
    {
        return Some(("bound.names.id", id.to_owned(), "the id of the appointment"));
    }
    for (member, tag) in [("bound.tag", &bound.tag), ("bound.stale", &bound.stale)] {
        if let Some(tag) = tag.as_ref().filter(|tag| !is_shown(tag)) {
            return Some((member, tag.clone(), "a tag that an earlier exchange with the appointment shows"));
        }
    }
    if let Some(tag) = bound.last_etag.as_ref().filter(|tag| !seen.is_some_and(|seen| seen.etags.contains(*tag))) {
        return Some(("bound.last_etag", tag.clone(), "the ETag of an accepted PATCH"));
    }
    if bound.previous.as_ref().is_some_and(|previous| !seen.is_some_and(|seen| seen.documents.contains(previous))) {
        return Some(("bound.previous", "another document".to_owned(), "the document of an accepted PATCH"));
    }
    let versions = [("bound.names.version", "version", &bound.tag), ("bound.names.stale", "stale", &bound.stale)];
    for (member, named, tag) in versions {
        if name(named).is_some_and(|value| tag.as_deref().map(opaque) != Some(value)) {
            return Some((member, name(named).unwrap_or_default().to_owned(), "what stands within the tag"));
        }
    }
    None
}

/// Where the tag of a step came from, and what else the step says of the values, where that is not so.
fn origin(bound: &Bound, step: &StepSeen, seen: Option<&ShownTags>, is_redacted: bool) -> Option<(String, String)> {
    let other = bound.names.iter().find(|(name, value)| step.bindings.get(*name) != Some(value));
    if let Some((name, value)) = other {
        let found = step.bindings.get(name).map_or_else(|| "nothing".to_owned(), Value::to_string);
        return Some((format!("{name} is {value}"), format!("{name} is {found}, as the step says")));
    }
    let origin = match step.tag {
        TagOrigin::PreviousPatch => ShownBy::Patch,
        TagOrigin::Read => ShownBy::Read,
        TagOrigin::VersionId => ShownBy::VersionId,
        TagOrigin::Other => return None,
    };
    let tag = bound.tag.as_ref().or(bound.last_etag.as_ref());
    let is_hidden = is_redacted && seen.is_some_and(|seen| seen.is_hidden);
    let is_so = |tag: &String| seen.is_some_and(|seen| seen.tags.contains(&(tag.clone(), origin)));
    match tag {
        Some(tag) if is_hidden || is_so(tag) => None,
        Some(tag) => Some((format!("the tag {tag}"), "a tag from where the step says it came from".to_owned())),
        None => Some(("no tag".to_owned(), "the tag that the step says it had".to_owned())),
    }
}

fn steps(evidence: &Evidence) -> BTreeMap<u32, &StepSeen> {
    let mut steps = BTreeMap::new();
    for trial in &evidence.trials {
        match &trial.kind {
            TrialKind::Steps(seen) => steps.extend(seen.steps.iter().map(|step| (step.exchange, step))),
            TrialKind::List(list) => steps.extend(list.sent().map(|(_, step)| (step.exchange, step))),
            TrialKind::Round(_) => {}
        }
    }
    steps
}

/// The ids that responses to a POST name.
fn created(evidence: &Evidence) -> impl Iterator<Item = String> + '_ {
    let made = evidence.exchanges.iter().filter(|exchange| exchange.request.method == "POST");
    made.filter_map(|exchange| exchange.received()).filter_map(made_id).map(|id| id.to_string())
}

/// The appointments that a run may address.
fn known(evidence: &Evidence) -> BTreeSet<String> {
    let fixtures = evidence.fixtures.iter().map(|fixture| fixture.id.clone());
    let watched = evidence.trials.iter().filter_map(|trial| match &trial.kind {
        TrialKind::Steps(seen) => seen.bystander.as_ref(),
        TrialKind::List(list) => list.bystander.as_ref(),
        TrialKind::Round(_) => None,
    });
    // Nobody has one of this name: what needs no appointment is sent to it.
    let made_up = evidence.exchanges.iter().filter_map(|exchange| exchange.appointment.clone());
    let made_up = made_up.filter(|id| id.starts_with("patchproof-"));
    fixtures.chain(watched.map(|watched| watched.id.clone())).chain(created(evidence)).chain(made_up).collect()
}
