//! Faults in what is held, shown and remembered after a PATCH was carried out or rejected.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::reference::appointment::instant;
use crate::reference::call::Call;
use crate::reference::clause::{Clause, Stage};
use crate::reference::memory::Version;
use crate::reference::patch::judge;
use crate::reference::rejection::Rejection;
use crate::reference::store::{Draft, Obstacle, Replaced, Store, StoredAppointment};
use crate::reference::terms::{Hook, Occasion, Terms};
use crate::reference::{document, precondition};
use crate::words::fhir::EntityTag;

/// How long reads fall behind after a race.
const BEHIND: SignedDuration = SignedDuration::from_millis(20);

type Aftermath = Result<(), Rejection>;

/// The next read shows what was replaced once more.
pub(super) fn keep_echo(_: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    store.memory.trace_mut(id).echo = Some((replaced.resource.clone(), replaced.version));
    Ok(())
}

/// See [`keep_echo`].
pub(super) fn show_echo(store: &mut Store, id: &str) -> Option<Version> {
    store.memory.trace_mut(id).echo.take()
}

/// Remembers that a PATCH was carried out.
pub(super) fn note_patch(_: &Terms, store: &mut Store, _: &str, _: &Replaced) -> Aftermath {
    store.memory.patched = true;
    Ok(())
}

/// Counts the reads since the last change.
pub(super) fn count_read(store: &mut Store, id: &str) -> Option<Version> {
    let trace = store.memory.trace_mut(id);
    trace.reads = trace.reads.saturating_add(1);
    None
}

/// See [`count_read`].
pub(super) fn forget_reads(_: &Terms, store: &mut Store, id: &str, _: &Replaced) -> Aftermath {
    store.memory.trace_mut(id).reads = 0;
    Ok(())
}

/// Remembers what the last change replaced.
pub(super) fn remember(_: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    store.memory.trace_mut(id).replaced = Some((replaced.resource.clone(), replaced.version));
    Ok(())
}

/// For a moment reads show what was replaced.
pub(in crate::reference) fn fall_behind(terms: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    remember(terms, store, id, replaced)?;
    store.memory.trace_mut(id).behind_until = Timestamp::now().checked_add(BEHIND).ok();
    Ok(())
}

/// As [`fall_behind`], for longer than a reader has to wait.
pub(super) fn fall_far_behind(terms: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    const FAR_BEHIND: SignedDuration = SignedDuration::from_secs(3);
    remember(terms, store, id, replaced)?;
    store.memory.trace_mut(id).behind_until = Timestamp::now().checked_add(FAR_BEHIND).ok();
    Ok(())
}

/// See [`fall_behind`].
pub(in crate::reference) fn show_replaced(store: &mut Store, id: &str) -> Option<Version> {
    let trace = store.memory.trace(id)?;
    trace.behind_until.filter(|until| Timestamp::now() < *until).and_then(|_| trace.replaced.clone())
}

/// The version stays as it was, although the appointment has changed.
pub(super) fn take_version_back(_: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    if let Some(stored) = store.appointments.get_mut(id) {
        (stored.version, stored.updated) = (replaced.version, replaced.updated);
        stored.stamp(id);
    }
    Ok(())
}

/// The new version keeps the time of the one before.
pub(super) fn keep_time(_: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    if let Some(stored) = store.appointments.get_mut(id) {
        stored.updated = replaced.updated;
        stored.stamp(id);
    }
    Ok(())
}

/// The time of the new version lies before that of the one it replaces.
pub(super) fn turn_time_back(_: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    if let Some(stored) = store.appointments.get_mut(id) {
        let earlier = replaced.updated.saturating_sub(SignedDuration::from_secs(1));
        stored.updated = earlier.unwrap_or(replaced.updated);
        stored.stamp(id);
    }
    Ok(())
}

/// Remembers when the appointment was changed by a request that met another one.
pub(super) fn mark_contest(terms: &Terms, store: &mut Store, id: &str, _: &Replaced) -> Aftermath {
    store.memory.trace_mut(id).contested = terms.is(Occasion::Met).then(Timestamp::now);
    Ok(())
}

/// While a PATCH is under way, reads show half of it.
pub(super) fn show_half(store: &mut Store, id: &str) -> Option<Version> {
    store.memory.trace(id)?.half.clone()
}

/// See [`show_half`].
pub(super) fn hide_half(_: &Terms, store: &mut Store, id: &str, _: &Replaced) -> Aftermath {
    store.memory.trace_mut(id).half = None;
    Ok(())
}

/// See [`show_half`].
pub(super) fn hide_half_of_rejected(
    _: &Terms,
    store: &mut Store,
    id: &str,
    _: &Call,
    rejection: Rejection,
) -> Aftermath {
    store.memory.trace_mut(id).half = None;
    Err(rejection)
}

/// The operation that the change depends on fails, and the change stays.
pub(super) fn fail_dependency(terms: &Terms, store: &mut Store, id: &str, _: &Replaced) -> Aftermath {
    let fails = |stored: &StoredAppointment| stored.obstacle == Obstacle::FailingDependency;
    if store.appointments.get(id).is_some_and(fails) {
        let message = "The appointment's encounter could not be updated, so the appointment was not.".to_owned();
        return Err(terms.reject(Clause::DependencyWorks, message));
    }
    Ok(())
}

/// Of a change that is not finished the first member stays, under the new version.
pub(super) fn keep_part(_: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    let unfinished = std::mem::take(&mut store.memory.trace_mut(id).unfinished);
    if let Some(stored) = store.appointments.get_mut(id).filter(|_| unfinished)
        && let (Some(new), Some(old)) = (stored.resource.as_object(), replaced.resource.as_object())
    {
        let names = ["status"]
            .into_iter()
            .chain(new.keys().map(String::as_str).filter(|name| !["meta", "text"].contains(name)));
        let first = names.into_iter().find(|name| new.get(*name) != old.get(*name)).map(str::to_owned);
        let value = first.as_ref().and_then(|name| new.get(name).cloned());
        stored.resource = replaced.resource.clone();
        if let (Some(name), Some(value)) = (first, value) {
            stored.resource[name] = value;
        }
        stored.stamp(id);
    }
    Ok(())
}

/// Of a change that is not finished nothing stays but the new version.
pub(super) fn keep_version(_: &Terms, store: &mut Store, id: &str, replaced: &Replaced) -> Aftermath {
    let unfinished = std::mem::take(&mut store.memory.trace_mut(id).unfinished);
    if let Some(stored) = store.appointments.get_mut(id).filter(|_| unfinished) {
        stored.resource = replaced.resource.clone();
        stored.stamp(id);
    }
    Ok(())
}

/// See [`keep_part`]: a PATCH that is rejected changes nothing.
pub(super) fn finish_rejected(_: &Terms, store: &mut Store, id: &str, _: &Call, rejection: Rejection) -> Aftermath {
    store.memory.trace_mut(id).unfinished = false;
    Err(rejection)
}

/// All other booked appointments are described anew, under the versions they have.
pub(super) fn touch_others(_: &Terms, store: &mut Store, id: &str, _: &Replaced) -> Aftermath {
    let is_other = |other: &str, stored: &StoredAppointment| other != id && stored.status_code() == "booked";
    for (_, stored) in store.appointments.iter_mut().filter(|(other, stored)| is_other(other, stored)) {
        stored.resource["description"] = Value::from(instant(Timestamp::now()));
    }
    Ok(())
}

/// A PATCH that lost against another one under way is carried out too.
pub(super) fn win_late(terms: &Terms, store: &mut Store, id: &str, call: &Call, rejection: Rejection) -> Aftermath {
    let Some(draft) = late_by_one(terms, store, id, call, &rejection) else { return Err(rejection) };
    commit(terms, store, id, draft)
}

/// A PATCH that lost against another one under way overwrites it within the same version.
pub(super) fn overwrite_late(
    terms: &Terms,
    store: &mut Store,
    id: &str,
    call: &Call,
    rejection: Rejection,
) -> Aftermath {
    let Some(draft) = late_by_one(terms, store, id, call, &rejection) else { return Err(rejection) };
    if let Some(stored) = store.appointments.get_mut(id) {
        stored.resource = draft.resource;
        stored.stamp(id);
    }
    Ok(())
}

/// A PATCH that lost against another one under way is rejected, and is carried out all the same.
pub(super) fn write_and_reject(
    terms: &Terms,
    store: &mut Store,
    id: &str,
    call: &Call,
    rejection: Rejection,
) -> Aftermath {
    if let Some(draft) = late_by_one(terms, store, id, call, &rejection) {
        commit(terms, store, id, draft)?;
    }
    Err(rejection)
}

/// What a PATCH would have made of the version just replaced, which is the one it names.
fn late_by_one(terms: &Terms, store: &Store, id: &str, call: &Call, rejection: &Rejection) -> Option<Draft> {
    if rejection.clause.stage() != Stage::Precondition {
        return None;
    }
    let (before, version) = store.memory.trace(id)?.replaced.as_ref()?;
    let tag = EntityTag::weak(&store.appointments.get(id)?.name_of(*version));
    precondition::check(terms, call.if_match(), tag.as_ref()).ok()?;
    judge(terms, store, before, &document::read(terms, call.body.as_ref()).ok()?).ok()
}

fn commit(terms: &Terms, store: &mut Store, id: &str, draft: Draft) -> Aftermath {
    match store.commit(id, draft) {
        Some(replaced) => remember(terms, store, id, &replaced),
        None => Ok(()),
    }
}

/// A rejected PATCH makes a new version all the same.
pub(super) fn move_version(_: &Terms, store: &mut Store, id: &str, _: &Call, rejection: Rejection) -> Aftermath {
    if let Some(stored) = marked(store, id, &rejection) {
        stored.advance(id);
    }
    Err(rejection)
}

/// A rejected PATCH leaves a comment, under the same version.
pub(super) fn leave_comment(_: &Terms, store: &mut Store, id: &str, _: &Call, rejection: Rejection) -> Aftermath {
    if let Some(stored) = marked(store, id, &rejection) {
        stored.resource["comment"] = Value::from("An attempt was made to change this appointment.");
    }
    Err(rejection)
}

/// A rejected PATCH changes the time of the last change.
pub(super) fn touch_time(_: &Terms, store: &mut Store, id: &str, _: &Call, rejection: Rejection) -> Aftermath {
    if let Some(stored) = marked(store, id, &rejection) {
        let shown = stored.resource.pointer("/meta/lastUpdated").and_then(Value::as_str);
        let shown = shown.and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or(stored.updated);
        let later = shown.saturating_add(SignedDuration::from_secs(1)).unwrap_or(shown);
        stored.resource["meta"]["lastUpdated"] = Value::from(instant(later));
    }
    Err(rejection)
}

/// The appointment that a rejection leaves a mark on: none before the precondition was judged.
fn marked<'a>(store: &'a mut Store, id: &str, rejection: &Rejection) -> Option<&'a mut StoredAppointment> {
    let is_late = rejection.clause.stage() >= Stage::Precondition;
    store.appointments.get_mut(id).filter(|_| is_late)
}

/// Where a later operation is rejected, the first one stays in effect.
pub(super) fn leak_first(terms: &Terms, store: &mut Store, id: &str, call: &Call, rejection: Rejection) -> Aftermath {
    if rejection.clause.stage() == Stage::Judgement {
        leak(terms, store, id, call);
    }
    Err(rejection)
}

/// A document of several operations that is rejected for an outdated If-Match leaves its first operation in effect.
pub(super) fn leak_first_of_outdated(
    terms: &Terms,
    store: &mut Store,
    id: &str,
    call: &Call,
    rejection: Rejection,
) -> Aftermath {
    let is_outdated = |stored| precondition::is_outdated(terms, &call.if_match(), stored);
    if rejection.clause.stage() == Stage::Precondition && store.appointments.get(id).is_some_and(is_outdated) {
        leak(terms, store, id, call);
    }
    Err(rejection)
}

/// The first of several operations takes effect, with or without company.
fn leak(terms: &Terms, store: &mut Store, id: &str, call: &Call) {
    let alone = terms.with_hooks(vec![Hook::Tolerate(|clause| matches!(clause, Clause::CompanyKept(_)))]);
    let Ok(operations) = document::read(terms, call.body.as_ref()) else { return };
    let ([first, _, ..], Some(stored)) = (operations.as_slice(), store.appointments.get(id)) else { return };
    if let Ok(draft) = judge(&alone, store, &stored.resource, std::slice::from_ref(first)) {
        store.commit(id, draft);
    }
}
