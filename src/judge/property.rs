//! Judges a property over every exchange of its kind.

use std::collections::{BTreeMap, BTreeSet};

use super::bodies::Bodies;
use super::check::{View, changed_nothing, evaluate, version_of};
use super::index::Index;
use super::rollup::CaseResult;
use super::status::says_nothing;
use super::verdict::{Finding, Outcome, Verdict};
use crate::execute::evidence::{Batch, Exchange, ExchangeId, Purpose, TagOrigin, Trial};
use crate::plan::{Head, PropertyRule, status_set};
use crate::suite::contract::{Breach, CodePattern};
use crate::suite::scenario::{self, Check, On, TagSource};
use crate::words::fhir::AppointmentStatus;

/// Broken findings of one property beyond this many only count.
const SHOWN: usize = 20;

/// The result of one property.
pub(super) fn judge(index: &Index<'_>, head: &Head, property: &PropertyRule) -> CaseResult {
    let mut result = CaseResult::new(head);
    let mut tally = Tally::default();
    match (&property.rule.check, property.on) {
        (Check::ControlAccepted, _) => controls(index, property, &mut tally),
        (Check::TagAccepted(source), _) => tags_accepted(index, *source, property, &mut tally),
        (Check::TagsUnique, _) => tags_unique(index, &mut tally),
        (check, on) => {
            for exchange in &index.evidence.exchanges {
                if concerns(index, on, exchange) && when(index, property, exchange) {
                    tally.add(exchange.id, one(index, check, exchange));
                }
            }
        }
    }
    for (requirement, breach) in &property.rule.requirements {
        result.findings.extend(tally.findings(head, property, requirement, *breach));
    }
    result.exchanges = tally.broken.iter().map(|(id, _, _)| *id).take(SHOWN).collect();
    result.conclude();
    result
}

#[derive(Default)]
struct Tally {
    held: usize,
    /// Exchanges of the kind that had nothing to check.
    void: usize,
    broken: Vec<(ExchangeId, String, String)>,
    tolerated: Vec<(ExchangeId, String, String)>,
    undecided: Vec<(ExchangeId, String)>,
}

impl Tally {
    fn add(&mut self, exchange: ExchangeId, outcome: Outcome) {
        match outcome {
            Outcome::Holds => self.held += 1,
            Outcome::Broken { expected, found } => self.broken.push((exchange, expected, found)),
            Outcome::Tolerated { expected, found } => self.tolerated.push((exchange, expected, found)),
            Outcome::Undecided(why) => self.undecided.push((exchange, why)),
            Outcome::Void => self.void += 1,
        }
    }

    fn findings(
        &self,
        head: &Head,
        property: &PropertyRule,
        requirement: &crate::suite::contract::RequirementId,
        breach: Breach,
    ) -> Vec<Finding> {
        let finding = |verdict, expected: String, found: String, exchange| Finding {
            case: head.id.clone(),
            requirement: requirement.clone(),
            verdict,
            expected,
            found,
            exchange,
        };
        let mut findings = Vec::new();
        if let Some((exchange, expected, found)) = self.tolerated.first() {
            let verdict = Verdict::from(breach).max(Verdict::Warn);
            findings.push(finding(verdict, expected.clone(), found.clone(), Some(*exchange)));
        }
        for (exchange, expected, found) in self.broken.iter().take(SHOWN) {
            findings.push(finding(breach.into(), expected.clone(), found.clone(), Some(*exchange)));
        }
        if self.broken.len() > SHOWN {
            let found = format!("and {} more exchanges", self.broken.len() - SHOWN);
            findings.push(finding(breach.into(), String::new(), found, None));
        }
        if self.held > 0 {
            let verdict = if breach == Breach::Observe { Verdict::Observed } else { Verdict::Pass };
            findings.push(finding(verdict, String::new(), format!("held in {} exchanges", self.held), None));
        } else if let (true, Some((exchange, why))) =
            (self.broken.is_empty() && self.tolerated.is_empty(), self.undecided.first())
        {
            findings.push(finding(Verdict::Inconclusive, String::new(), why.clone(), Some(*exchange)));
        } else if self.broken.is_empty() && self.tolerated.is_empty() {
            // A rule about an answer that a sound server need never give, or about a part no answer had, is not broken by
            // its absence. A rule about what every run has to show has not been tested.
            let conditional = self.void > 0 || !property.when.status.is_empty();
            let (verdict, found) = match conditional {
                true => (Verdict::NotApplicable, "no answer of this run is of the kind it speaks of"),
                false => (Verdict::NotTested, "no exchange of this run is of the kind it speaks of"),
            };
            findings.push(finding(verdict, String::new(), found.to_owned(), None));
        }
        findings
    }
}

fn one<'a>(index: &Index<'a>, check: &Check, exchange: &'a Exchange) -> Outcome {
    let Some(received) = exchange.received() else { return Outcome::Void };
    let place = index.place(exchange.id);
    let after = index.read_after(exchange.id);
    let last = place.and_then(|place| place.seen.after).and_then(|id| index.exchange(id)).or(after);
    let view = View {
        exchange,
        received,
        before: index.read_before(exchange.id),
        first_after: after,
        after: last,
        bindings: place.map(|place| &place.seen.bindings),
        bystander: None,
        bodies: &index.bodies,
    };
    match (check, after) {
        // Refusals outside a read-back, such as those on an unknown id, have nothing to compare, and what was changed in a
        // race is read when the race is over.
        (Check::Unchanged | Check::NarrativeNamesStatus, None) => Outcome::Void,
        _ => evaluate(check, &view),
    }
}

fn concerns(index: &Index<'_>, on: On, exchange: &Exchange) -> bool {
    let Some(status) = exchange.status() else { return false };
    if says_nothing(status) {
        return false;
    }
    match on {
        On::Answer => exchange.is_patch(),
        On::Success => exchange.is_patch() && status.is_success(),
        On::Refusal => exchange.is_patch() && status.is_client_error(),
        On::Mistake => {
            exchange.is_patch()
                && index.place(exchange.id).is_some_and(|place| place.step.outcome == scenario::Outcome::Refused)
        }
        On::Read => exchange.purpose == Purpose::Read && exchange.request.method == "GET" && status.get() == 200,
        On::Batch | On::Lane => false,
    }
}

fn when<'a>(index: &Index<'a>, property: &PropertyRule, exchange: &'a Exchange) -> bool {
    let when = &property.when;
    let status = exchange.status();
    let covered = |set: &[CodePattern]| status.is_some_and(|status| set.iter().any(|pattern| pattern.covers(status)));
    if !when.status.is_empty() && !covered(&when.status) {
        return false;
    }
    if when.without_header.as_ref().is_some_and(|name| exchange.sent_header(name).is_some())
        || when.with_header.as_ref().is_some_and(|name| exchange.sent_header(name).is_none())
    {
        return false;
    }
    if when.to.is_empty() && when.not_to.is_empty() {
        return true;
    }
    let sent = status_sent(&index.bodies, exchange);
    let held = index.read_before(exchange.id).and_then(|read| {
        index.bodies.json(&read.received()?.body)?.get("status")?.as_str()?.parse::<AppointmentStatus>().ok()
    });
    match sent {
        None => when.to.is_empty(),
        Some(sent) if !when.to.is_empty() => when.to.contains(&sent),
        Some(sent) => !when.not_to.contains(&sent) && held != Some(sent),
    }
}

fn status_sent<'a>(bodies: &Bodies<'a>, exchange: &'a Exchange) -> Option<AppointmentStatus> {
    status_set(&*bodies.json(&exchange.request.body)?)
}

/// After refusals, a request with the tag from before them succeeds (APPT-ATOM-03).
fn controls(index: &Index<'_>, property: &PropertyRule, tally: &mut Tally) {
    for batch in &index.evidence.batches {
        let concerned = property.when.status.is_empty()
            || batch
                .tries
                .iter()
                .filter_map(|id| index.exchange(*id)?.status())
                .any(|status| property.when.status.iter().any(|pattern| pattern.covers(status)));
        // Whether the current tag works after a conflict cannot be seen where the tag in use is no longer the current one.
        if !property.when.status.is_empty() && index.is_disturbed(batch) {
            continue;
        }
        let Some(control) = batch.control.and_then(|id| index.exchange(id)).filter(|_| concerned) else { continue };
        let Some(status) = control.status() else { continue };
        let refused_any = batch
            .tries
            .iter()
            .filter_map(|id| index.exchange(*id)?.status())
            .any(crate::words::fhir::StatusCode::is_client_error);
        if !refused_any {
            continue;
        }
        let tag = control.sent_header("if-match").unwrap_or("none").to_owned();
        tally.add(
            control.id,
            match status.get() {
                200..=299 => Outcome::Holds,
                // Reads show the same version before and after: whatever is wrong with the tag, no refusal moved it.
                409 | 412 if stayed(index, batch) => {
                    Outcome::Undecided(format!("{status} to the version that the read after the refusals still shows"))
                }
                409 | 412 => Outcome::Broken {
                    expected: format!("a success with If-Match {tag}, the version from before the refusals"),
                    found: format!("{status}: the version was moved by a refused request"),
                },
                _ => Outcome::Undecided(format!("the request after the refusals was answered {status}")),
            },
        );
    }
}

/// Whether the reads around a batch show the same content in the same version.
fn stayed<'a>(index: &Index<'a>, batch: &Batch) -> bool {
    let (before, after) =
        (batch.before.and_then(|id| index.exchange(id)), batch.after.and_then(|id| index.exchange(id)));
    let version = |read: Option<&'a Exchange>| version_of(&index.bodies, read?);
    version(before).is_some() && version(before) == version(after) && changed_nothing(&index.bodies, before, after)
}

/// A tag taken from a certain place is accepted in If-Match.
fn tags_accepted(index: &Index<'_>, source: TagSource, property: &PropertyRule, tally: &mut Tally) {
    let wanted = match source {
        TagSource::PreviousPatch => TagOrigin::PreviousPatch,
        TagSource::Read => TagOrigin::Read,
        TagSource::VersionId => TagOrigin::VersionId,
    };
    for attempt in index.evidence.trials.iter().filter_map(Trial::attempt) {
        for seen in &attempt.steps {
            let Some(place) = index.place(seen.exchange) else { continue };
            let Some(exchange) = index.exchange(seen.exchange) else { continue };
            let origin = seen.tag == wanted || (source == TagSource::Read && seen.tag == TagOrigin::VersionId);
            let must = place.step.outcome == scenario::Outcome::Accepted;
            let disturbed = index.shared_batch(exchange.id).is_some_and(|batch| index.is_disturbed(batch));
            if !origin || !must || disturbed || !when(index, property, exchange) {
                continue;
            }
            let Some(status) = exchange.status() else { continue };
            let tag = exchange.sent_header("if-match").unwrap_or("none").to_owned();
            tally.add(
                exchange.id,
                match status.get() {
                    200..=299 => Outcome::Holds,
                    409 | 412 => Outcome::Broken {
                        expected: format!("If-Match {tag} accepted as the current version"),
                        found: status.to_string(),
                    },
                    _ => Outcome::Void,
                },
            );
        }
    }
}

/// No two successes on one appointment were answered with the same tag (APPT-BASE-02).
fn tags_unique(index: &Index<'_>, tally: &mut Tally) {
    let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for exchange in &index.evidence.exchanges {
        if !(exchange.is_patch() && exchange.succeeded()) {
            continue;
        }
        let (Some(appointment), Some(tag)) =
            (exchange.appointment.as_deref(), exchange.received().and_then(|received| received.header("etag")))
        else {
            continue;
        };
        let idle = changed_nothing(&index.bodies, index.read_before(exchange.id), index.read_after(exchange.id));
        if idle {
            continue;
        }
        let fresh = seen.entry(appointment).or_default().insert(tag);
        tally.add(
            exchange.id,
            Outcome::of(fresh, "a tag that no earlier version of the appointment had", format!("ETag {tag} again")),
        );
    }
}
