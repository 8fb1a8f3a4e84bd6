//! The properties of requests over which the server failed: what comes of them when they are sent again.

use std::collections::BTreeMap;

use super::half::half_done;
use super::responses::Responses;
use super::scope::patches_appointment;
use crate::execute::evidence::{Exchange, ExchangeId, LostKind, Purpose, Reply, Trial, sendings};
use crate::judge::exchange::TRIES;
use crate::judge::index::Index;
use crate::judge::verdict::CheckResult;
use crate::model::is_patch_document;
use crate::plan::CaseId;
use crate::suite::scenario::{Endpoint, Outcome, Requests};
use crate::words::json::BYTE_ORDER_MARK;

/// A body that is longer than this a server may decline by closing the connection while it comes in.
const LONG_BODY: usize = 64 << 10;

/// One request, as often as it was sent in the same circumstances.
struct Sendings<'e> {
    sent: Vec<&'e Exchange>,
    /// What the step that it belongs to asks for.
    outcome: Option<Outcome>,
}

/// Each request of a kind gets a response when it is asked for often enough, and none ends the server (APPT-BASE-23; of
/// other requests than patch documents, APPT-ERR-17).
pub(super) fn responses(index: &Index<'_>, requests: Requests, responses: &mut Responses) {
    if requests == Requests::PatchDocuments {
        for (exchange, found) in enders(index) {
            responses.add(exchange, CheckResult::Broken { expected: "a response".to_owned(), found });
        }
    }
    for request in all(index) {
        let Some(last) = request.sent.last().filter(|last| patches_appointment(last)) else { continue };
        if last.received().is_some() {
            responses.add(last.id, CheckResult::Holds);
            continue;
        }
        // A reader of JSON may take a byte order mark for an error.
        let marked = last.request.body.text().is_some_and(|text| text.starts_with(BYTE_ORDER_MARK));
        let document = index.bodies.json(&last.request.body).is_some_and(|document| is_patch_document(&document));
        let labelled =
            last.sent_header("content-type").is_some_and(|kind| kind.starts_with("application/json-patch+json"));
        let kind = if document && labelled && !marked { Requests::PatchDocuments } else { Requests::OtherPatches };
        if kind != requests {
            continue;
        }
        let lost = request.trailing(|exchange| exchange.failed_over() && exchange.received().is_none());
        let result = match (&last.reply, lost) {
            (Reply::Received(_), _) => CheckResult::Void,
            (Reply::Lost(_), _) if last.request.body.len() > LONG_BODY => {
                CheckResult::Undecided("no response to a body that may be too long for the server".to_owned())
            }
            (Reply::Lost(lost), tries) if tries >= TRIES => CheckResult::Broken {
                expected: "a response".to_owned(),
                found: format!("no response in {tries} tries, on an appointment as it was: {}", lost.message),
            },
            (Reply::Lost(_), _) => CheckResult::Undecided("no response, and it was not sent often enough".to_owned()),
        };
        responses.add(last.id, result);
    }
}

/// A request that has to be accepted does not fail for a reason of the server's (APPT-BASE-30): what is right when it is
/// sent again is counted, what fails each time breaks the rule.
pub(super) fn passing(index: &Index<'_>, responses: &mut Responses) {
    let mut passing: Vec<ExchangeId> = Vec::new();
    let ended_us = under_way_at_the_end(index).iter().map(|exchange| exchange.end_us).min();
    for request in all(index) {
        let Some(last) = request.sent.last() else { continue };
        let failing = |exchange: &Exchange| exchange.failed_over() || is_not_implemented(exchange);
        let tries = request.trailing(failing);
        let met = request.sent.iter().filter(|exchange| exchange.failed_over());
        if failing(last) && (tries >= TRIES || is_not_implemented(last)) {
            if request.is_valid() {
                let found = match last.status() {
                    Some(status) => format!("{status} in {tries} tries, on an appointment as it was"),
                    None => format!("no response in {tries} tries, on an appointment as it was"),
                };
                responses.add(last.id, CheckResult::Broken { expected: "no error of the server's".to_owned(), found });
            }
            // What has to be rejected is the matter of another rule (C-38).
            continue;
        }
        // A server may close a connection that is kept open whenever it likes; a read that meets that is sent again.
        let closed = |exchange: &&Exchange| exchange.received().is_none() && exchange.request.method == "GET";
        // What was under way when the target went is no passing failure.
        let gone = |exchange: &&Exchange| ended_us.is_some_and(|ended| exchange.end_us >= ended);
        passing.extend(met.filter(|exchange| !gone(exchange) && !closed(exchange)).map(|exchange| exchange.id));
        if !failing(last) && request.is_valid() {
            responses.add(last.id, CheckResult::Holds);
        }
    }
    passing.extend(in_races(index));
    // What was done by half does not pass (APPT-ATOM-07).
    let half_done = half_done(index);
    passing.retain(|id| !half_done.contains_key(id));
    if let Some(first) = passing.iter().min() {
        let (count, sent) = (passing.len(), index.evidence.exchanges.len());
        let verb = if count == 1 { "request was" } else { "requests were" };
        responses.add(
            *first,
            CheckResult::Tolerated {
                expected: "no error of the server's".to_owned(),
                found: format!(
                    "{count} of {sent} {verb} met with 500 or no response; none failed each time it was sent (C-45)"
                ),
            },
        );
    }
}

/// What failed in rounds of races that were run again and then were whole.
fn in_races(index: &Index<'_>) -> Vec<ExchangeId> {
    let mut rounds: BTreeMap<&CaseId, Vec<Vec<&Exchange>>> = BTreeMap::new();
    for trial in &index.evidence.trials {
        let Some(round) = trial.round() else { continue };
        let sent = round.exchanges().filter_map(|id| index.exchange(id)).collect();
        rounds.entry(&trial.case).or_default().push(sent);
    }
    let is_whole = |round: &Vec<&Exchange>| !round.iter().any(|exchange| exchange.failed_over());
    let repeated = rounds.into_values().filter(|rounds| rounds.iter().any(is_whole));
    let failed = repeated.flatten().flatten().filter(|exchange| exchange.failed_over());
    failed.map(|exchange| exchange.id).collect()
}

fn is_not_implemented(exchange: &Exchange) -> bool {
    exchange.status().is_some_and(|status| status.get() == 501)
}

/// The writes, or else the reads, that were under way when the target went, where it did not come back.
fn under_way_at_the_end<'e>(index: &Index<'e>) -> Vec<&'e Exchange> {
    let exchanges = &index.evidence.exchanges;
    let is = |exchange: &Exchange, kind: LostKind| matches!(&exchange.reply, Reply::Lost(lost) if lost.kind == kind);
    let Some(refused) = exchanges.iter().filter(|it| is(it, LostKind::NotConnected)).map(|it| it.begin_us).max() else {
        return Vec::new();
    };
    let heard =
        exchanges.iter().filter(|exchange| exchange.received().is_some()).map(|exchange| exchange.begin_us).max();
    let under_way = exchanges.iter().filter(|exchange| {
        is(exchange, LostKind::Broken)
            && exchange.begin_us <= refused
            && heard.is_none_or(|heard| exchange.end_us >= heard)
    });
    // A read leaves a server as it is, where a write was under way beside it.
    let (writes, reads): (Vec<&Exchange>, Vec<&Exchange>) =
        under_way.partition(|exchange| exchange.request.method != "GET");
    if writes.is_empty() { reads } else { writes }
}

/// What the requests say after which the target no longer listened.
fn enders(index: &Index<'_>) -> Vec<(ExchangeId, String)> {
    let suspects = under_way_at_the_end(index);
    let ids: Vec<String> = suspects.iter().map(|exchange| exchange.id.to_string()).collect();
    let Some(first) = suspects.first() else { return Vec::new() };
    let found = match ids.as_slice() {
        [_] => "no response, and the server no longer listened after this request".to_owned(),
        _ => format!(
            "no response, and the server no longer listened after one of these requests, which were under way together: {}",
            ids.join(", ")
        ),
    };
    vec![(first.id, found)]
}

/// Every request of the run but those of races, with the attempts at one step of a case together.
fn all<'e>(index: &Index<'e>) -> Vec<Sendings<'e>> {
    let mut steps: BTreeMap<ExchangeId, (&CaseId, usize)> = BTreeMap::new();
    for attempt in index.evidence.trials.iter().filter_map(Trial::attempt) {
        steps.extend(
            attempt.seen.steps.iter().enumerate().map(|(number, seen)| (seen.exchange, (attempt.case, number))),
        );
    }
    let (mut of_steps, mut others): (BTreeMap<(&CaseId, usize), Sendings<'e>>, _) = (BTreeMap::new(), Vec::new());
    for ids in sendings(&index.evidence.exchanges) {
        let sent: Vec<&Exchange> = ids.iter().filter_map(|id| index.exchange(*id)).collect();
        if sent.iter().any(|exchange| matches!(exchange.purpose, Purpose::Race | Purpose::Token)) {
            continue;
        }
        // What another port or endpoint leaves without a response says nothing of the API.
        let place = ids.last().and_then(|id| index.place(*id));
        if place.is_some_and(|place| place.step.request.endpoint != Endpoint::Base) {
            continue;
        }
        match ids.last().and_then(|id| Some((id, steps.get(id)?))) {
            Some((id, step)) => {
                let outcome = index.place(*id).map(|place| place.step.outcome);
                of_steps.entry(*step).or_insert_with(|| Sendings { sent: Vec::new(), outcome }).sent.extend(sent);
            }
            None => others.push(Sendings { sent, outcome: None }),
        }
    }
    of_steps.into_values().chain(others).collect()
}

impl Sendings<'_> {
    /// How many of the last sendings are of a kind.
    fn trailing(&self, is: impl Fn(&Exchange) -> bool) -> u32 {
        let count = self.sent.iter().rev().take_while(|exchange| is(exchange)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether the contract wants it accepted.
    fn is_valid(&self) -> bool {
        match self.outcome {
            Some(outcome) => outcome == Outcome::Accepted,
            None => self.sent.last().is_some_and(|exchange| match exchange.purpose {
                Purpose::Create | Purpose::Walk | Purpose::Read | Purpose::Control => true,
                Purpose::Preflight
                | Purpose::Token
                | Purpose::Search
                | Purpose::Try
                | Purpose::Advance
                | Purpose::Race
                | Purpose::CleanUp => false,
            }),
        }
    }
}
