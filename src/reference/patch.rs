//! PATCH on one appointment: the checks in their order, the change, and its effect, all under one lock.

use serde_json::Value;

use super::appointment::{narrate, status};
use super::call::Call;
use super::clause::Clause;
use super::gate::Gate;
use super::operation::DocumentOperation;
use super::rejection::{Rejection, shorten};
use super::store::{Draft, Obstacle, Store, StoredAppointment};
use super::terms::Terms;
use super::{command, document, negotiate, precondition, rfc6902};

/// Carries out a PATCH and gives the resource it replaced.
///
/// # Errors
/// The first check that fails; then nothing has changed (ATOM-01).
pub(super) fn patch(terms: &Terms, store: &mut Store, id: &str, call: &Call) -> Result<Value, Rejection> {
    match decide(terms, store, id, call) {
        Ok(draft) => write(terms, store, id, draft),
        Err(rejection) => terms.after_rejection(store, id, call, rejection).map(|()| Value::Null),
    }
}

/// The change that a PATCH would make, after all checks.
fn decide(terms: &Terms, store: &Store, id: &str, call: &Call) -> Result<Draft, Rejection> {
    for gate in terms.gates(store.appointments.contains_key(id)) {
        pass(terms, store, id, call, gate)?;
    }
    let operations = document::read(terms, call.body.as_ref())?;
    judge(terms, store, &find(terms, store, id)?.resource, &operations)
}

/// Holds a PATCH against one check.
fn pass(terms: &Terms, store: &Store, id: &str, call: &Call, gate: Gate) -> Result<(), Rejection> {
    match gate {
        Gate::Exists => find(terms, store, id).map(|_| ()),
        Gate::TakesJson => negotiate::takes_json(terms, call),
        Gate::CarriesJsonPatch => negotiate::carries_json_patch(terms, &call.headers),
        Gate::Precondition => {
            let current = store.appointments.get(id).and_then(StoredAppointment::tag);
            precondition::check_both(terms, call, current.as_ref())
        }
        Gate::Unobstructed => unobstructed(terms, find(terms, store, id)?),
        Gate::Values => command::check_values(terms, &document::read(terms, call.body.as_ref())?),
        Gate::Judgement => {
            let operations = document::read(terms, call.body.as_ref())?;
            judge(terms, store, &find(terms, store, id)?.resource, &operations).map(|_| ())
        }
    }
}

/// The appointment, for a read or a PATCH.
///
/// # Errors
/// 404 where it never existed (ERR-08), 410 where it was deleted (ERR-16).
pub(super) fn find<'a>(terms: &Terms, store: &'a Store, id: &str) -> Result<&'a StoredAppointment, Rejection> {
    let Some(stored) = store.appointments.get(id) else {
        return Err(terms.reject(Clause::Exists, format!("There is no Appointment/{}.", shorten(id))));
    };
    let is_deleted = stored.obstacle == Obstacle::Deleted;
    terms.require(Clause::NotDeleted, !is_deleted, || format!("Appointment/{id} was deleted."))?;
    Ok(stored)
}

/// Nobody else is modifying the appointment (ERR-10), and nothing that a change depends on fails (ERR-11).
fn unobstructed(terms: &Terms, stored: &StoredAppointment) -> Result<(), Rejection> {
    terms.require(Clause::Unlocked, stored.obstacle != Obstacle::Locked, || {
        "The appointment is being modified by someone else.".to_owned()
    })?;
    terms.require(Clause::DependencyWorks, stored.obstacle != Obstacle::FailingDependency, || {
        "The appointment's encounter could not be updated, so the appointment was not.".to_owned()
    })
}

/// What a document makes of an appointment. A vendor's document is a list of commands; the base specification's is
/// applied as RFC 6902 says (reading C-08). The narrative follows the status (BASE-13).
///
/// # Errors
/// As [`command::judge`] and [`rfc6902::judge`].
pub(super) fn judge(
    terms: &Terms,
    store: &Store,
    before: &Value,
    operations: &[DocumentOperation],
) -> Result<Draft, Rejection> {
    let mut draft = match terms.in_place_of_judgement(store, before, operations) {
        Some(judged) => judged?,
        None if terms.promises.takes_commands => command::judge(terms, store, before, operations)?,
        None => rfc6902::judge(terms, before, operations)?,
    };
    if terms.choices.style.narrative && status(before) != status(&draft.resource) {
        narrate(&mut draft.resource);
    }
    Ok(draft)
}

/// Writes a change as the next version and gives the resource it replaced.
fn write(terms: &Terms, store: &mut Store, id: &str, mut draft: Draft) -> Result<Value, Rejection> {
    terms.on_draft(&mut draft, &find(terms, store, id)?.resource);
    let Some(replaced) = store.commit(id, draft) else { return Ok(Value::Null) };
    terms.after_write(store, id, &replaced)?;
    Ok(replaced.resource)
}
