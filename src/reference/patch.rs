//! PATCH on one appointment: the checks in their order, then the change, all under one lock.

use axum::body::Bytes;
use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::appointment::{instant, narrate, status};
use super::document::{self, Operation};
use super::fault::Fault;
use super::negotiate;
use super::precondition::{self, IfMatch};
use super::respond::{Issue, Refusal};
use super::store::{Change, Held, Record, Store};
use super::variant::Variant;
use super::{Rules, command, rfc6902};
use crate::words::fhir::EntityTag;

/// What of a request matters here.
pub(super) struct PatchRequest<'a> {
    pub(super) headers: &'a HeaderMap,
    /// The `_format` parameter.
    pub(super) format: Option<&'a str>,
    pub(super) if_match: IfMatch,
    /// The body, or nothing where it was larger than the server takes.
    pub(super) body: Option<&'a Bytes>,
    /// Another PATCH on the same appointment is under way; only known where a fault asks for it.
    pub(super) meets_another: bool,
}

/// Carries out a PATCH.
///
/// The order is that of RFC 9110 section 13.2.1: what would be refused without a precondition comes first, then the
/// precondition, then what depends on the state and the body (VER-21, VER-22, reading C-32).
///
/// # Errors
/// The first check that fails; then nothing has changed (ATOM-01).
pub(super) fn patch(rules: &Rules, store: &mut Store, id: &str, request: &PatchRequest<'_>) -> Result<(), Refusal> {
    let known = store.appointments.get(id);
    if (known.is_some() && rules.is(Variant::IfMatchFirst)) || rules.has(Fault::IfMatchBeforeAll) {
        precondition::check(rules, &request.if_match, known.and_then(Record::tag).as_ref())?;
    }
    find(rules, store, id)?;
    negotiate::takes_json(rules, request.headers, request.format)?;
    negotiate::carries_json_patch(rules, request.headers)?;
    if rules.is(Variant::BodyFirst) {
        command::check_values(rules, &operations(rules, request.body)?)?;
    }
    if rules.has(Fault::BodyBeforeIfMatch) {
        let asked = operations(rules, request.body)?;
        judge(rules, store, id, &asked)?;
    }
    if let Some(answer) = late_by_one(rules, store, id, request) {
        return answer;
    }
    let record = find(rules, store, id)?;
    let forgetful = rules.has(Fault::ThirdWriteIgnoresIfMatch) && store.changes(record) == 2;
    let claim = match &request.if_match {
        IfMatch::Tags(_) if forgetful => &IfMatch::Settled,
        claim => claim,
    };
    let checked = precondition::check(rules, claim, record.tag().as_ref());
    let stale = checked.is_err() && store.was_current(record, claim);
    let lost = stale && request.meets_another && rules.is(Variant::LockedLoser);
    let checked = checked.map_err(|refusal| if lost { locked() } else { refusal });
    let change = checked
        .and_then(|()| in_the_way(rules, record))
        .and_then(|()| locked_for_no_reason(rules, record, request))
        .and_then(|()| operations(rules, request.body))
        .and_then(|operations| judge(rules, store, id, &operations));
    match change {
        Ok(change) if request.meets_another && rules.has(Fault::TagReused) => {
            store.overwrite(id, change);
            Ok(())
        }
        Ok(change) => {
            let behind = request.meets_another && rules.has(Fault::StaleReadUnderLoad);
            let written = write(rules, store, id, change);
            if let (true, Some(record)) = (behind, store.appointments.get_mut(id)) {
                record.behind_until = Timestamp::now().checked_add(SignedDuration::from_millis(20)).ok();
            }
            if let Some(record) = store.appointments.get_mut(id) {
                record.contested = request.meets_another;
            }
            written
        }
        Err(refusal) => {
            if stale
                && rules.has(Fault::StaleMultiOperationLeaks)
                && let Ok(operations) = operations(rules, request.body)
            {
                leak_first(rules, store, id, &operations);
            }
            if rules.has(Fault::RefusalMovesVersion)
                && let Some(record) = store.appointments.get_mut(id)
            {
                record.advance(id);
            }
            if let Some(record) = store.appointments.get_mut(id) {
                mark_refusal(rules, record);
            }
            Err(refusal)
        }
    }
}

/// Two faults: a refusal leaves a mark without making a version.
fn mark_refusal(rules: &Rules, record: &mut Record) {
    if rules.has(Fault::RefusalTouchesTime) {
        let shown = record.resource.pointer("/meta/lastUpdated").and_then(Value::as_str);
        let shown = shown.and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or(record.updated);
        let later = shown.saturating_add(SignedDuration::from_secs(1)).unwrap_or(shown);
        record.resource["meta"]["lastUpdated"] = Value::from(instant(later));
    }
    if rules.has(Fault::RefusalChangesContent) {
        record.resource["comment"] = Value::from("An attempt was made to change this appointment.");
    }
}

/// What becomes of a PATCH that names the version just replaced while another is under way, by the faults that say so.
fn late_by_one(rules: &Rules, store: &mut Store, id: &str, request: &PatchRequest<'_>) -> Option<Result<(), Refusal>> {
    let faults = [Fault::TwoWinners, Fault::LostUpdateUnderLoad, Fault::RefusedWriteTakesEffect];
    let fault = faults.into_iter().find(|fault| rules.has(*fault)).filter(|_| request.meets_another)?;
    let (before, version) = find(rules, store, id).ok()?.replaced.clone()?;
    precondition::check(
        rules,
        &request.if_match,
        EntityTag::weak(&find(rules, store, id).ok()?.version_id(version)).as_ref(),
    )
    .ok()?;
    let current = find(rules, store, id).ok()?.tag();
    let refusal = precondition::check(rules, &request.if_match, current.as_ref()).err()?;
    let change = operations(rules, request.body).and_then(|own| change(rules, store, &before, &own)).ok()?;
    match fault {
        Fault::LostUpdateUnderLoad => store.overwrite(id, change),
        _ => store.commit(id, change),
    }
    Some(if fault == Fault::RefusedWriteTakesEffect { Err(refusal) } else { Ok(()) })
}

fn locked_for_no_reason(rules: &Rules, record: &Record, request: &PatchRequest<'_>) -> Result<(), Refusal> {
    let recent = SignedDuration::from_millis(50);
    let changed = record.contested && Timestamp::now().duration_since(record.updated) < recent;
    if rules.has(Fault::LockedForNoReason) && changed && !request.meets_another {
        return Err(Refusal::new(423, Issue::LockError, "The appointment was changed a moment ago.".to_owned()));
    }
    Ok(())
}

/// The appointment, for a read or a PATCH.
///
/// # Errors
/// 404 where it never existed (ERR-08), 410 where it was deleted (ERR-16).
pub(super) fn find<'a>(rules: &Rules, store: &'a Store, id: &str) -> Result<&'a Record, Refusal> {
    match store.appointments.get(id) {
        Some(record) if record.condition == Held::Deleted && rules.has(Fault::DeletedIsPatched) => Ok(record),
        Some(record) if record.condition == Held::Deleted && rules.is(Variant::DeletedIsUnknown) => {
            Err(Refusal::new(404, Issue::NotFound, format!("There is no Appointment/{id}.")))
        }
        Some(record) if record.condition == Held::Deleted => {
            Err(Refusal::new(410, Issue::Deleted, format!("Appointment/{id} was deleted.")))
        }
        Some(record) => Ok(record),
        None => {
            let status = if rules.has(Fault::UnknownIdAnswersConflict) { 409 } else { 404 };
            let message = format!("There is no Appointment/{}.", super::respond::shorten(id));
            Err(Refusal::new(status, Issue::NotFound, message))
        }
    }
}

fn in_the_way(rules: &Rules, record: &Record) -> Result<(), Refusal> {
    match record.condition {
        Held::Locked if rules.has(Fault::LockAnswersConflict) => {
            Err(Refusal::new(409, Issue::Conflict, "Someone else is busy with the appointment.".to_owned()))
        }
        Held::Locked if !rules.has(Fault::IgnoreLock) => Err(locked()),
        Held::FailingDependency if rules.has(Fault::DependencyAnswersBusinessRule) => {
            Err(Refusal::business_rule("The appointment's encounter could not be updated.".to_owned()))
        }
        Held::FailingDependency if !rules.has(Fault::FailedDependencyLeavesChange) => Err(failed_dependency()),
        Held::Free | Held::Locked | Held::FailingDependency | Held::Deleted => Ok(()),
    }
}

fn locked() -> Refusal {
    Refusal::new(423, Issue::LockError, "The appointment is being modified by someone else.".to_owned())
}

fn failed_dependency() -> Refusal {
    let message = "The appointment's encounter could not be updated, so the appointment was not.".to_owned();
    Refusal::new(424, Issue::Transient, message)
}

fn operations(rules: &Rules, body: Option<&Bytes>) -> Result<Vec<Operation>, Refusal> {
    let Some(body) = body else {
        return Err(Refusal::new(413, Issue::TooLong, "The body has more than 1 MiB.".to_owned()));
    };
    document::read(rules, body)
}

/// A vendor's document is a list of commands; the base specification's is applied as RFC 6902 says (reading C-08).
fn judge(rules: &Rules, store: &mut Store, id: &str, operations: &[Operation]) -> Result<Change, Refusal> {
    let record = find(rules, store, id)?;
    let forgets = rules.has(Fault::ReopenAfterRead) && record.reads < 2;
    let judged = if forgets {
        let faults = rules.faults.iter().copied().filter(|fault| *fault != Fault::ReopenAfterRead).collect();
        change(&rules.with_faults(faults), store, &record.resource, operations)
    } else {
        change(rules, store, &record.resource, operations)
    };
    if judged.is_err() && rules.has(Fault::FirstOperationLeaks) {
        leak_first(rules, store, id, operations);
    }
    judged
}

/// Two faults: the first of several operations takes effect although the document was refused.
fn leak_first(rules: &Rules, store: &mut Store, id: &str, operations: &[Operation]) {
    let [first, _, ..] = operations else { return };
    let alone = rules.with_faults(vec![Fault::MissingAccompanimentsAccepted]);
    let Some(record) = store.appointments.get(id) else { return };
    if let Ok(change) = change(&alone, store, &record.resource, std::slice::from_ref(first)) {
        store.commit(id, change);
    }
}

fn change(rules: &Rules, store: &Store, before: &Value, operations: &[Operation]) -> Result<Change, Refusal> {
    let mut change = if rules.edition.is_vendor() {
        command::judge(rules, store, before, operations)?
    } else {
        rfc6902::judge(rules, before, operations)?
    };
    if status(before) != status(&change.resource) && !rules.has(Fault::KeepNarrative) && !rules.is(Variant::NoNarrative)
    {
        narrate(&mut change.resource);
    }
    Ok(change)
}

fn write(rules: &Rules, store: &mut Store, id: &str, mut change: Change) -> Result<(), Refusal> {
    let record = find(rules, store, id)?;
    let echo = rules.has(Fault::StaleRead).then(|| (record.resource.clone(), record.version));
    let fails_after = record.condition == Held::FailingDependency;
    if rules.has(Fault::ForgetChange) {
        change = Change { resource: record.resource.clone(), takes: None, frees: None };
    }
    if rules.has(Fault::TouchOtherMembers) {
        change.resource["description"] = Value::from("Edited");
    }
    if rules.has(Fault::DropEnd)
        && let Some(members) = change.resource.as_object_mut()
    {
        members.remove("end");
    }
    if rules.has(Fault::BareParticipant)
        && let Some(Value::Object(last)) =
            change.resource["participant"].as_array_mut().and_then(|list| list.last_mut())
    {
        last.remove("actor");
    }
    if rules.has(Fault::TouchOtherAppointment) {
        touch_others(store, id);
    }
    store.commit(id, change);
    if let Some(record) = store.appointments.get_mut(id) {
        record.echo = echo;
    }
    if fails_after { Err(failed_dependency()) } else { Ok(()) }
}

/// One fault: all other booked appointments are described anew, under the versions they have.
fn touch_others(store: &mut Store, id: &str) {
    let others =
        store.appointments.iter_mut().filter(|(other, record)| *other != id && record.status_code() == "booked");
    for (_, record) in others {
        record.resource["description"] = Value::from(instant(Timestamp::now()));
    }
}

/// One fault: what a read shows while a PATCH is under way, its status already and the rest not yet.
pub(super) fn half_of(rules: &Rules, store: &Store, id: &str, request: &PatchRequest<'_>) -> Option<Value> {
    let record = find(rules, store, id).ok()?;
    precondition::check(rules, &request.if_match, record.tag().as_ref()).ok()?;
    let change = change(rules, store, &record.resource, &operations(rules, request.body).ok()?).ok()?;
    let mut half = record.resource.clone();
    half["status"] = change.resource["status"].clone();
    Some(half)
}
