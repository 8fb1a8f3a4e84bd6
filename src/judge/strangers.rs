//! Who else writes to the appointments of a run: changes that no request of this run made (design section 4.6).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bodies::Bodies;
use super::index::Index;
use super::rollup::CaseResult;
use super::verdict::Verdict;
use crate::execute::evidence::{Attempt, Exchange, Payload, Purpose, Trial};
use crate::judge::check::version_of;
use crate::plan::{CaseId, status_set};
use crate::words::fhir::AppointmentStatus;

/// What the reads of a run show of other writers.
#[derive(Debug, Default)]
pub(super) struct Strangers<'e> {
    /// Appointments that show a version which no accepted request of this run made.
    disturbed: BTreeSet<&'e str>,
    /// Why it is someone else who made it, and not the target in response to a request of ours.
    shown: Option<String>,
}

/// A version that no accepted request made.
struct Move<'e> {
    appointment: &'e str,
    /// No write of this run was sent between the two reads.
    idle: bool,
    /// The status after it, where none of our requests asked for it and no read showed it before.
    strange: Option<AppointmentStatus>,
}

impl<'e> Strangers<'e> {
    /// Looks at every appointment's reads and writes.
    pub fn find(index: &Index<'e>) -> Strangers<'e> {
        let mut lives: BTreeMap<&str, Vec<&Exchange>> = BTreeMap::new();
        for exchange in &index.evidence.exchanges {
            if let Some(appointment) = exchange.appointment.as_deref() {
                lives.entry(appointment).or_default().push(exchange);
            }
        }
        let mut moves = Vec::new();
        for (appointment, mut life) in lives {
            // In a race nothing is before or after anything else.
            if life.iter().any(|exchange| exchange.purpose == Purpose::Race) {
                continue;
            }
            life.sort_by_key(|exchange| (exchange.begin_us, exchange.id));
            moves.extend(moves_of(appointment, &life, &index.bodies));
        }
        let strange = moves.iter().find(|one| one.idle && one.strange.is_some());
        let shown = strange.map(|one| {
            let status = one.strange.map_or("another one", AppointmentStatus::code);
            format!(
                "the status of Appointment/{} became {status} while no request of this run was under way",
                one.appointment
            )
        });
        let disturbed: BTreeSet<&str> = moves.iter().map(|one| one.appointment).collect();
        let strangers = Strangers { disturbed, shown };
        let repeated = strangers.shown.is_none().then(|| strangers.repeated(index)).flatten();
        Strangers { shown: strangers.shown.or(repeated), disturbed: strangers.disturbed }
    }

    /// The same request, sent alone to one appointment after another: where one of them stood still, it is not the request
    /// that makes the version.
    fn repeated(&self, index: &Index<'e>) -> Option<String> {
        let mut alone: BTreeMap<&CaseId, Vec<Attempt<'e>>> = BTreeMap::new();
        for attempt in index.evidence.trials.iter().filter_map(Trial::attempt).filter(|attempt| attempt.alone) {
            alone.entry(attempt.case).or_default().push(attempt);
        }
        let stood_still = |attempts: &Vec<Attempt<'e>>| {
            let disturbed = attempts.iter().filter(|attempt| self.is_disturbed(attempt)).count();
            disturbed > 0 && disturbed < attempts.len()
        };
        let (case, _) = alone.iter().find(|(_, attempts)| stood_still(attempts))?;
        Some(format!("{case} was sent alone to several appointments, and only some of them changed"))
    }

    /// Whether the appointment of an attempt shows a version that no request of this run made.
    pub fn is_disturbed(&self, attempt: &Attempt<'_>) -> bool {
        attempt.seen.appointment.as_deref().is_some_and(|appointment| self.disturbed.contains(appointment))
    }

    /// A failure that was seen on an appointment to which someone else writes decides nothing.
    pub fn excuse(&self, index: &Index<'e>, results: &mut [CaseResult]) {
        let Some(shown) = &self.shown else { return };
        for result in results {
            let elsewhere = result.findings.iter().any(|finding| finding.verdict == Verdict::Pass);
            let mut changed = false;
            let excused = |appointment: &str| self.disturbed.contains(appointment);
            result.findings.retain_mut(|finding| {
                let appointment = || index.exchange(finding.exchange?)?.appointment.as_deref();
                if finding.verdict != Verdict::Fail || !appointment().is_some_and(excused) {
                    return true;
                }
                changed = true;
                finding.verdict = Verdict::Inconclusive;
                finding.found = format!("{}, but someone else writes here: {shown}", finding.found);
                // What holds over many exchanges is decided by those on other appointments.
                !(elsewhere && index.attempts(&result.id).is_empty())
            });
            if changed {
                result.conclude();
            }
        }
    }
}

/// The versions of one appointment that no accepted request made.
fn moves_of<'e>(appointment: &'e str, life: &[&'e Exchange], bodies: &Bodies<'e>) -> Vec<Move<'e>> {
    let mut moves = Vec::new();
    let mut known: BTreeSet<AppointmentStatus> = BTreeSet::new();
    let mut last: Option<&Exchange> = None;
    // What was sent since the last read: whether anything, whether some of it may have had an effect, and the tag it made.
    let (mut sent, mut may_have_changed, mut made): (bool, bool, Option<&str>) = (false, false, None);
    for exchange in life.iter().copied() {
        if exchange.request.method == "GET" || exchange.request.method == "HEAD" {
            let Some(version) = version_of(bodies, exchange).filter(|_| exchange.succeeded()) else { continue };
            let status = status_of(exchange);
            let before = last.and_then(|read| version_of(bodies, read));
            let moved = before.as_deref().is_some_and(|before| before != version);
            let overtaken =
                made.is_some_and(|made| before.as_deref() != Some(version.as_str()) && !same_tag(made, &version));
            if moved && (!may_have_changed || overtaken) {
                let strange = status.filter(|status| !known.contains(status));
                moves.push(Move { appointment, idle: !sent, strange });
            }
            known.extend(status);
            (last, sent, may_have_changed, made) = (Some(exchange), false, false, None);
        } else {
            sent = true;
            known.extend(asked(exchange));
            let accepted = exchange.succeeded();
            may_have_changed |= accepted || exchange.status().is_none_or(|status| !status.is_client_error());
            if accepted {
                made = exchange.received().and_then(|received| received.header("etag"));
            }
        }
    }
    moves
}

fn same_tag(one: &str, other: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").trim_matches('"').to_owned();
    opaque(one) == opaque(other)
}

fn status_of(read: &Exchange) -> Option<AppointmentStatus> {
    shallow(&read.received()?.body)?.get("status")?.as_str()?.parse().ok()
}

/// The status that a request asks for.
fn asked(write: &Exchange) -> Option<AppointmentStatus> {
    status_set(&shallow(&write.request.body)?)
}

/// A body as JSON, where it is not nested deep: what a list of extremes sends asks for nothing that matters here.
fn shallow(body: &Payload) -> Option<Value> {
    serde_json::from_str(body.text()?).ok()
}
