//! Holds what a record says beside its exchanges against them: what was not run and why, what was sent again, what is left.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{Difference, evidence_difference};
use super::places::Places;
use crate::execute::evidence::{Evidence, Exchange, LostKind, NotRunKind, Purpose, Reply, clean_up_begin, sendings};
use crate::plan::CaseId;
use crate::record::RunRecord;
use crate::words::fhir::AppointmentStatus;

/// Adds what the exchanges do not bear out.
pub(super) fn check(record: &RunRecord, evidence: &Evidence, places: &Places<'_>, differences: &mut Vec<Difference>) {
    let differ = |place: String, found: &str, wanted: &str| evidence_difference(place, found, wanted);
    for (number, not_run) in evidence.not_run.iter().enumerate() {
        let place = format!("not_run[{number}] ({})", not_run.case);
        if places.places(&not_run.case).is_empty() {
            differences.push(differ(place.clone(), "a case", "no such case in the plan"));
        }
        if let Some((found, wanted)) = unfounded(record, evidence, not_run.kind) {
            differences.push(differ(format!("{place}.kind"), found, wanted));
        }
    }
    untold(evidence, places, differences);
    let is_dropped = |exchange: &&Exchange| exchange.is_dropped();
    for exchange in evidence.exchanges.iter().filter(is_dropped).filter(|_| record.cut_short.is_none()) {
        let place = format!("exchanges[{}].response", exchange.id);
        differences.push(differ(place, "dropped", "a response: the run was not cut short"));
    }
    resent(evidence, differences);
    left(evidence, differences);
}

/// A case that was to be sent was sent, or there is a reason why it was not.
fn untold(evidence: &Evidence, places: &Places<'_>, differences: &mut Vec<Difference>) {
    let plan = places.plan;
    let trials = evidence.trials.iter().map(|trial| &trial.case);
    let told: BTreeSet<&CaseId> = trials.chain(evidence.not_run.iter().map(|not_run| &not_run.case)).collect();
    // How lists were sent is recorded beside them.
    let due = plan.cases.iter().filter(|case| case.lists().is_none() && plan.not_applicable.is_none());
    for case in due.filter(|case| !places.places(&case.head.id).is_empty() && !told.contains(&case.head.id)) {
        let place = format!("trials ({})", case.head.id);
        differences.push(evidence_difference(place, "nothing", "a trial of the case, or why it was not run"));
    }
}

/// What speaks against the reason for which a case was not run.
fn unfounded(record: &RunRecord, evidence: &Evidence, kind: NotRunKind) -> Option<(&'static str, &'static str)> {
    let any = |is: fn(&Exchange) -> bool| evidence.exchanges.iter().any(is);
    let is_lost = |exchange: &Exchange| match &exchange.reply {
        Reply::Lost(_) => true,
        Reply::Received(received) => matches!(received.status.get(), 502..=504),
    };
    // Only the first lane was opened, and what needs no appointment was sent.
    let sent = evidence.exchanges.get(..clean_up_begin(&evidence.exchanges)).unwrap_or_default();
    let goes_on = sent.iter().any(|exchange| exchange.lane > 2);
    match kind {
        NotRunKind::Limit if record.cut_short.is_none() => {
            Some(("limit", "another reason: no limit cut the run short"))
        }
        NotRunKind::Interrupted if record.cut_short.is_none() => {
            Some(("interrupted", "another reason: nothing interrupted the run"))
        }
        NotRunKind::NotAccepted if goes_on => Some(("not-accepted", "another reason: the run went on")),
        NotRunKind::ShutOut if goes_on => Some(("shut-out", "another reason: the run went on")),
        NotRunKind::Gone if !any(is_lost) => Some(("gone", "another reason: the target never fell silent")),
        NotRunKind::Denied if !any(is_denial) && any(|exchange| exchange.purpose != Purpose::Token) => {
            Some(("denied", "another reason: no response was 401, and tokens came"))
        }
        NotRunKind::Limit
        | NotRunKind::Interrupted
        | NotRunKind::NotAccepted
        | NotRunKind::ShutOut
        | NotRunKind::Gone
        | NotRunKind::Denied
        | NotRunKind::Unavailable
        | NotRunKind::HarnessFailed => None,
    }
}

/// Whether a response says that credentials are not good, or that there is no token.
fn is_denial(exchange: &Exchange) -> bool {
    match exchange.status() {
        Some(status) => status.get() == 401 || (exchange.purpose == Purpose::Token && !status.is_success()),
        None => exchange.purpose == Purpose::Token,
    }
}

/// A request is sent again where its response was lost or says that it may be, and not otherwise.
fn resent(evidence: &Evidence, differences: &mut Vec<Difference>) {
    for sent in sendings(&evidence.exchanges) {
        let chain: Vec<&Exchange> = sent.iter().filter_map(|id| evidence.exchanges.get(*id as usize)).collect();
        if let Some(first) = chain
            .first()
            .filter(|first| first.attempt != 1 && !matches!(first.purpose, Purpose::Preflight | Purpose::Token))
        {
            let place = format!("exchanges[{}].attempt", first.id);
            differences.push(evidence_difference(
                place,
                first.attempt,
                "1, or one more than the same request before it",
            ));
        }
        let earlier = chain.len().saturating_sub(1);
        for exchange in chain.into_iter().take(earlier).filter(|exchange| !may_be_sent_again(exchange)) {
            let place = format!("exchanges[{}].attempt", exchange.id);
            let found = "sent again after a response that stands";
            differences.push(evidence_difference(place, found, "sent once"));
        }
    }
}

fn may_be_sent_again(exchange: &Exchange) -> bool {
    match &exchange.reply {
        Reply::Lost(lost) => match lost.kind {
            LostKind::NotConnected | LostKind::Broken => true,
            // A look whether the target is still there.
            LostKind::TimedOut => exchange.purpose == Purpose::Preflight,
            LostKind::Dropped => false,
        },
        Reply::Received(received) => matches!(received.status.get(), 401 | 429 | 500 | 502..=504),
    }
}

/// The status in which an appointment is left is one that a read of it shows.
fn left(evidence: &Evidence, differences: &mut Vec<Difference>) {
    let mut shown: BTreeMap<&str, Vec<AppointmentStatus>> = BTreeMap::new();
    for exchange in evidence.exchanges.iter().filter(|exchange| exchange.request.method == "GET") {
        let Some(id) = exchange.appointment.as_deref() else { continue };
        let body = exchange.received().filter(|received| received.status.is_success());
        let body = body.and_then(|received| received.body.json());
        let status: Option<AppointmentStatus> = body.and_then(|body| body.get("status")?.as_str()?.parse().ok());
        shown.entry(id).or_default().extend(status);
    }
    for fixture in &evidence.fixtures {
        let (Some(left), Some(shown)) = (&fixture.left, shown.get(fixture.id.as_str())) else { continue };
        // One that is only watched is left as it was made.
        let as_made = fixture.made && fixture.start.status().is_some_and(|status| status.code() == left);
        if !as_made && !shown.iter().any(|status| status.code() == left) {
            let place = format!("fixtures[{}].left", fixture.id);
            differences.push(evidence_difference(place, left, "a status that a read of it shows"));
        }
    }
}
