//! Forgeries of the evidence: requests, attempts, controls, reads, clocks, lists, races, and what the plan was made from.

use patchproof::record::{
    BodyRecord, CaseId, ControlRecord, Edition, ExchangeRecord, ListRecord, LossRecord, LostRecord, NotRunKindRecord,
    NotRunRecord, PurposeRecord, ReceivedRecord, ResponseRecord, RoundRecord, RunRecord, StepResultRecord, StepsRecord,
    TagRecord, TrialKindRecord,
};
use patchproof::words::fhir::StatusCode;
use serde_json::json;

use super::Forgery;

/// The case whose failure is to be hidden, and one that is rejected in any case.
const HIDDEN: &str = "if-match/missing";
const OTHER: &str = "if-match/stale";

pub(super) const FORGERIES: &[Forgery] = &[
    ("attempt", "points to the rejection of another case", |record| {
        steps(record, HIDDEN).steps[0].exchange = of(record, OTHER);
    }),
    ("attempt", "points to the rejection of another case, which was not run", |record| {
        steps(record, HIDDEN).steps[0].exchange = of(record, OTHER);
        record.trials.retain(|trial| trial.case.0 != OTHER);
        not_run(record, OTHER, NotRunKindRecord::Unavailable);
    }),
    ("attempt", "points elsewhere, and what was sent becomes a control", |record| hide(record, PurposeRecord::Control)),
    ("attempt", "points elsewhere, and what was sent becomes a step on the way", |record| {
        hide(record, PurposeRecord::Walk)
    }),
    ("attempt", "points elsewhere, and what was sent becomes a read", |record| hide(record, PurposeRecord::Read)),
    ("attempt", "points elsewhere, and what was sent becomes a search", |record| hide(record, PurposeRecord::Search)),
    ("attempt", "points elsewhere, and what was sent becomes a creation", |record| hide(record, PurposeRecord::Create)),
    ("attempt", "points elsewhere, and what was sent was dropped", |record| {
        let sent = of(record, HIDDEN);
        steps(record, HIDDEN).steps[0].exchange = of(record, OTHER);
        let lost = LostRecord { kind: LossRecord::Dropped, message: "the run had to end".to_owned() };
        record.exchanges[sent as usize].response = ResponseRecord::Lost(lost);
    }),
    ("attempt", "said to be of the second look", |record| steps(record, HIDDEN).again = true),
    ("trace", "of another run", |record| {
        record.exchanges[3].trace = Some("0123456789abcdef0123456789abcdef".to_owned());
    }),
    ("trace", "of another request", |record| record.exchanges[3].trace = record.exchanges[4].trace.clone()),
    ("attempt", "left out with its request", |record| delete(record, HIDDEN)),
    ("attempt", "left out with its request, for a limit", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::Limit);
    }),
    ("attempt", "left out with its request, for an interruption", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::Interrupted);
    }),
    ("not run", "because the target fell silent", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::Gone);
    }),
    ("not run", "because the credentials died", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::Denied);
    }),
    ("not run", "because no PATCH was accepted", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::NotAccepted);
    }),
    ("not run", "because nobody was let in", |record| {
        delete(record, HIDDEN);
        not_run(record, HIDDEN, NotRunKindRecord::ShutOut);
    }),
    ("duplicate", "an attempt", |record| {
        let trial = record.trials.iter().find(|trial| trial.case.0 == OTHER).unwrap().clone();
        record.trials.push(trial);
    }),
    ("duplicate", "an attempt of another case under this one's name, made alone", |record| {
        let mut trial = record.trials.iter().find(|trial| trial.case.0 == OTHER).unwrap().clone();
        trial.case = CaseId(HIDDEN.to_owned());
        if let TrialKindRecord::Steps(seen) = &mut trial.kind {
            seen.alone = true;
        }
        record.trials.push(trial);
    }),
    ("order", "of the trials", |record| record.trials.reverse()),
    ("order", "of two exchanges", |record| {
        let place = of(record, HIDDEN) as usize;
        record.exchanges.swap(place, place + 1);
        number(record);
    }),
    ("order", "of the exchanges", |record| {
        record.exchanges.reverse();
        number(record);
    }),
    ("code", "of the response to what had to be rejected", |record| {
        let place = of(record, HIDDEN);
        let received = received(record, place);
        received.status = StatusCode::new(if received.status.is_success() { 412 } else { 200 }).unwrap();
    }),
    ("request", "its body is emptied", |record| sent(record, HIDDEN).request.body = BodyRecord::Empty),
    ("request", "its body is another one", |record| {
        sent(record, HIDDEN).request.body = BodyRecord::Text("[]".to_owned());
    }),
    ("request", "its body is that of another case", |record| {
        let (one, other) = (of(record, HIDDEN) as usize, of(record, "transitions/booked-to-fulfilled") as usize);
        let body = record.exchanges[other].request.body.clone();
        record.exchanges[one].request.body = body;
    }),
    ("request", "a header that it did not have", |record| {
        let line = ("if-match".to_owned(), "W/\"1\"".to_owned());
        sent(record, HIDDEN).request.headers.push(line);
    }),
    ("request", "a header that it had", |record| {
        sent(record, OTHER).request.headers.retain(|(name, _)| name != "if-match");
    }),
    ("request", "its headers", |record| sent(record, HIDDEN).request.headers.clear()),
    ("request", "the order of its headers", |record| sent(record, HIDDEN).request.headers.reverse()),
    ("request", "its method", |record| sent(record, HIDDEN).request.method = "PUT".to_owned()),
    ("request", "its URL", |record| sent(record, HIDDEN).request.url.push('0')),
    ("request", "a query", |record| sent(record, HIDDEN).request.url.push_str("?_method=x")),
    ("request", "all of it, that of another case in its place", |record| {
        let other = record.exchanges[of(record, OTHER) as usize].request.clone();
        sent(record, HIDDEN).request = other;
    }),
    ("request", "of a read", |record| {
        let read = steps(record, HIDDEN).steps[0].before.unwrap();
        record.exchanges[read as usize].request.url.push_str("/_history/1");
    }),
    ("request", "of a creation", |record| {
        let made = record.exchanges.iter_mut().find(|exchange| exchange.purpose == PurposeRecord::Create);
        made.unwrap().request.body = BodyRecord::Text("{}".to_owned());
    }),
    ("binding", "none", |record| sent(record, HIDDEN).bound = None),
    ("binding", "no name", |record| sent(record, HIDDEN).bound.as_mut().unwrap().names.clear()),
    ("binding", "the id of another appointment, in the URL too", |record| {
        let exchange = sent(record, HIDDEN);
        exchange.bound.as_mut().unwrap().names.insert("id".to_owned(), json!("1"));
        let front = exchange.request.url.rsplit_once('/').unwrap().0.to_owned();
        exchange.request.url = format!("{front}/1");
    }),
    ("binding", "a tag that nobody showed, in the header too", |record| {
        let exchange = sent(record, OTHER);
        exchange.bound.as_mut().unwrap().stale = Some("W/\"none\"".to_owned());
        let line = exchange.request.headers.iter_mut().find(|(name, _)| name == "if-match").unwrap();
        line.1 = "W/\"none\"".to_owned();
    }),
    ("binding", "another one in the step", |record| {
        steps(record, HIDDEN).steps[0].bindings.insert("id".to_owned(), json!("1"));
    }),
    ("binding", "where the tag came from", |record| {
        let all = record.trials.iter_mut().filter_map(|trial| as_steps(&mut trial.kind));
        let all = all.flat_map(|seen| &mut seen.steps);
        all.for_each(|step| {
            step.tag = if step.tag == TagRecord::VersionId { TagRecord::PreviousPatch } else { step.tag };
        });
    }),
    ("control", "another accepted request", |record| {
        let other = record.exchanges.iter().rfind(|exchange| exchange.is_patch() && exchange.succeeded()).unwrap().id;
        steps(record, OTHER).control = ControlRecord::Exchange(other);
    }),
    ("control", "not needed", |record| steps(record, HIDDEN).control = ControlRecord::NotNeeded),
    ("control", "a read", |record| {
        let read = steps(record, OTHER).steps[0].after.unwrap();
        steps(record, OTHER).control = ControlRecord::Twin(read);
    }),
    ("control", "none where there is one", |record| {
        steps(record, OTHER).control = ControlRecord::Missing("there was none".to_owned());
    }),
    ("control", "of every batch", |record| record.batches.iter_mut().for_each(|batch| batch.control = None)),
    ("control", "a batch left out", |record| drop(record.batches.remove(0))),
    ("alone", "though no control failed", |record| steps(record, OTHER).alone = true),
    ("place", "the lane of a trial", |record| trial(record, HIDDEN).lane += 1),
    ("place", "the lane of an exchange", |record| sent(record, HIDDEN).lane += 1),
    ("place", "the state of a trial", |record| {
        steps(record, HIDDEN).state = patchproof::suite::scenario::Fixture::Cancelled;
    }),
    ("place", "the appointment of a trial", |record| steps(record, HIDDEN).appointment = Some("1".to_owned())),
    ("place", "the purpose of a request", |record| sent(record, HIDDEN).purpose = PurposeRecord::Advance),
    ("reads", "an earlier one before", |record| {
        let step = &mut steps(record, OTHER).steps[0];
        step.before = step.before.map(|id| id.saturating_sub(1));
    }),
    ("reads", "the one before as the one after", |record| {
        let step = &mut steps(record, OTHER).steps[0];
        (step.first_after, step.after) = (step.before, step.before);
    }),
    ("reads", "of a batch", |record| {
        let batch = record.batches.iter_mut().find(|batch| batch.before != batch.after).unwrap();
        batch.after = batch.before;
    }),
    ("attempts", "sent again after a response that stands", |record| {
        let place = of(record, OTHER) as usize;
        record.exchanges[place].attempt = 2;
    }),
    ("clock", "when an exchange was", |record| record.exchanges[5].at = "2020-01-01T00:00:00.000Z".to_owned()),
    ("clock", "when an exchange began", |record| record.exchanges[5].begin_us += 1_000_000),
    ("clock", "when an exchange ended", |record| record.exchanges[5].end_us = 0),
    ("clock", "when the run began", |record| record.started = "2020-01-01T00:00:00.000Z".to_owned()),
    ("clock", "when the run ended", |record| record.finished.clone_from(&record.started)),
    ("fixtures", "none", |record| record.fixtures.clear()),
    ("fixtures", "who made them", |record| record.fixtures.iter_mut().for_each(|fixture| fixture.made = true)),
    ("fixtures", "how they were left", |record| {
        record.fixtures.iter_mut().for_each(|fixture| fixture.left = Some("waitlist".to_owned()));
    }),
    ("race", "another race's round", |record| {
        let rounds: Vec<usize> =
            (0..record.trials.len()).filter(|place| record.trials[*place].round().is_some()).collect();
        let first = record.trials[rounds[0]].clone();
        let other = rounds.iter().find(|place| record.trials[**place].case != first.case).unwrap();
        record.trials[*other].kind = first.kind;
    }),
    ("race", "a round left out", |record| {
        let first = record.trials.iter().position(|trial| trial.round().is_some()).unwrap();
        record.trials.remove(first);
    }),
    ("race", "a client left out", |record| drop(round(record).clients.pop())),
    ("race", "two clients in each other's place", |record| round(record).clients.reverse()),
    ("race", "no overlap", |record| round(record).overlapped = !round(record).overlapped),
    ("lists", "another step was drawn", |record| {
        let list = list(record);
        let step = list.steps.iter_mut().find(|step| step.drawn.document().is_some()).unwrap();
        step.drawn = patchproof::plan::DrawnStep::Read;
    }),
    ("lists", "a step points to another request", |record| {
        let list = list(record);
        let mut sent = list.steps.iter_mut().filter_map(|step| match &mut step.seen {
            StepResultRecord::Sent(seen) => Some(seen),
            StepResultRecord::Skipped(_) | StepResultRecord::NotReached => None,
        });
        let (one, other) = (sent.next().unwrap(), sent.next().unwrap());
        std::mem::swap(&mut one.exchange, &mut other.exchange);
    }),
    ("lists", "a list left out", |record| {
        let first = record.trials.iter().position(|trial| trial.list().is_some()).unwrap();
        record.trials.remove(first);
    }),
    ("lists", "the seed", |record| record.seed += 1),
    ("plan", "the edition", |record| record.edition = Edition::March2024),
    ("plan", "the selection", |record| record.inputs.selection.filters.retain(|filter| filter != "if-match/")),
    ("plan", "the sizes of races", |record| record.inputs.sizes.clients = Some(9)),
    ("declarations", "what the target can make", |record| {
        record.inputs.supply.creatable.clear();
        record.inputs.supply.provided.clear();
    }),
    ("declarations", "that it takes no JSON Patch", |record| {
        record.inputs.supply.without_json_patch = Some("ours is another one".to_owned());
    }),
    ("target", "its address", |record| record.target.base_url = "https://fhir.example.org/r4".to_owned()),
    ("target", "a header of all requests", |record| {
        record.target.headers.push(("x-tenant".to_owned(), "1".to_owned()));
    }),
];

/// Points the attempt to be hidden elsewhere, and says that what was sent for it was something else.
fn hide(record: &mut RunRecord, purpose: PurposeRecord) {
    let hidden = of(record, HIDDEN);
    steps(record, HIDDEN).steps[0].exchange = of(record, OTHER);
    record.trials.retain(|trial| trial.case.0 != OTHER);
    not_run(record, OTHER, NotRunKindRecord::Unavailable);
    record.exchanges[hidden as usize].purpose = purpose;
}

pub(super) fn not_run(record: &mut RunRecord, case: &str, kind: NotRunKindRecord) {
    let (case, reason) = (CaseId(case.to_owned()), "there was no appointment left".to_owned());
    record.not_run.push(NotRunRecord { case, kind, reason });
}

/// Takes a case with all that was sent for it out of a record, so that nothing points to it any more.
pub(super) fn delete(record: &mut RunRecord, case: &str) {
    let gone: Vec<u32> = record
        .attempts()
        .filter(|attempt| attempt.case.0 == case)
        .flat_map(|attempt| &attempt.seen.steps)
        .map(|step| step.exchange)
        .collect();
    record.trials.retain(|trial| trial.case.0 != case);
    record.batches.iter_mut().for_each(|batch| batch.tries.retain(|id| !gone.contains(id)));
    record.batches.retain(|batch| !batch.tries.is_empty());
    record.exchanges.retain(|exchange| !gone.contains(&exchange.id));
    let places: std::collections::BTreeMap<u32, u32> =
        record.exchanges.iter().zip(0..).map(|(exchange, place)| (exchange.id, place)).collect();
    let mut value = serde_json::to_value(&*record).unwrap();
    renumber(&mut value, &places);
    *record = serde_json::from_value(value).unwrap();
}

/// Moves every reference to an exchange.
fn renumber(value: &mut serde_json::Value, places: &std::collections::BTreeMap<u32, u32>) {
    const NAMES: [&str; 15] = [
        "exchange",
        "before",
        "after",
        "first_after",
        "control",
        "tries",
        "warm",
        "clients",
        "retried",
        "then",
        "last",
        "start",
        "first",
        "also",
        "twin",
    ];
    fn moved(value: &mut serde_json::Value, places: &std::collections::BTreeMap<u32, u32>) {
        if let Some(id) = value.as_u64().and_then(|id| places.get(&u32::try_from(id).unwrap())) {
            *value = json!(id);
        } else if let Some(list) = value.as_array_mut() {
            list.iter_mut().for_each(|value| moved(value, places));
        } else {
            renumber(value, places);
        }
    }
    if let Some(members) = value.as_object_mut() {
        let is_exchange = members.contains_key("begin_us");
        for (name, value) in members.iter_mut() {
            if is_exchange && name == "id" {
                moved(value, places);
            } else if is_exchange {
                continue;
            } else if NAMES.contains(&name.as_str()) {
                moved(value, places);
            } else {
                renumber(value, places);
            }
        }
    } else if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(|value| renumber(value, places));
    }
}

fn number(record: &mut RunRecord) {
    (0..).zip(&mut record.exchanges).for_each(|(id, exchange)| exchange.id = id);
}

fn trial<'r>(record: &'r mut RunRecord, case: &str) -> &'r mut patchproof::record::TrialRecord {
    record.trials.iter_mut().find(|trial| trial.case.0 == case).unwrap()
}

fn as_steps(kind: &mut TrialKindRecord) -> Option<&mut StepsRecord> {
    match kind {
        TrialKindRecord::Steps(seen) => Some(seen),
        TrialKindRecord::Round(_) | TrialKindRecord::List(_) => None,
    }
}

fn steps<'r>(record: &'r mut RunRecord, case: &str) -> &'r mut StepsRecord {
    as_steps(&mut trial(record, case).kind).unwrap()
}

/// The request that was sent for a case.
pub(super) fn of(record: &RunRecord, case: &str) -> u32 {
    record.attempts().find(|attempt| attempt.case.0 == case).unwrap().seen.steps[0].exchange
}

fn sent<'r>(record: &'r mut RunRecord, case: &str) -> &'r mut ExchangeRecord {
    let place = of(record, case) as usize;
    &mut record.exchanges[place]
}

pub(super) fn received(record: &mut RunRecord, place: u32) -> &mut ReceivedRecord {
    match &mut record.exchanges[place as usize].response {
        ResponseRecord::Received(received) => received,
        ResponseRecord::Lost(_) => panic!("no response"),
    }
}

fn round(record: &mut RunRecord) -> &mut RoundRecord {
    record
        .trials
        .iter_mut()
        .find_map(|trial| match &mut trial.kind {
            TrialKindRecord::Round(round) => Some(round),
            TrialKindRecord::Steps(_) | TrialKindRecord::List(_) => None,
        })
        .unwrap()
}

fn list(record: &mut RunRecord) -> &mut ListRecord {
    record
        .trials
        .iter_mut()
        .find_map(|trial| match &mut trial.kind {
            TrialKindRecord::List(list) if list.steps.len() > 2 => Some(list),
            TrialKindRecord::List(_) | TrialKindRecord::Steps(_) | TrialKindRecord::Round(_) => None,
        })
        .unwrap()
}
