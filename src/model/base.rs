//! The base specification in the model: the document applied to a copy as RFC 6902 says, which predicts the resource.

use json_patch::jsonptr::PointerBuf;
use json_patch::{
    AddOperation, CopyOperation, MoveOperation, PatchOperation, RemoveOperation, ReplaceOperation, patch_unsafe,
};
use serde_json::Value;

use super::allowed::Reason;
use super::document::Operation;
use super::resource::may_be_served;
use super::state::AppointmentState;
use super::weighing::Weighing;
use crate::suite::contract::PatchOp;
use crate::words::fhir::AppointmentStatus;

/// A server may refuse more than this, or pointers longer than this, because of what they cost.
const MANY: usize = 64;

/// Weighs the operations of a document.
pub(super) fn weigh(state: &AppointmentState, operations: &[Operation], weighing: &mut Weighing) {
    if operations.len() > MANY || operations.iter().any(|operation| operation.path.matches('/').count() > MANY) {
        return weighing.open();
    }
    let mut resource = state.resource.clone();
    for operation in operations {
        if let Err(requirements) = apply(&mut resource, operation) {
            let (first, more) = requirements;
            weighing.against(first);
            more.into_iter().for_each(|id| weighing.also_against(id));
            return;
        }
    }
    if !base_rules(weighing, state, &resource) {
        return;
    }
    weighing.change.touches = touches(operations);
    weighing.change.resource = Some(resource).filter(|_| !operations.iter().any(copies_all));
}

/// Whether an operation takes up the whole resource: what a server writes itself, and what it makes again on each read, is in
/// that, and nobody else knows it.
pub(super) fn copies_all(operation: &Operation) -> bool {
    operation.op.has_from() && operation.from.as_deref() == Some("")
}

/// What the base says of the result; `false` where it says nothing that could be compared.
fn base_rules(weighing: &mut Weighing, state: &AppointmentState, resource: &Value) -> bool {
    let changed = |name: &str| resource.get(name) != state.resource.get(name);
    if !resource.is_object() || changed("resourceType") {
        // Nothing that is left would be an Appointment; the catalogue asks for no code, and no effect can be told.
        weighing.open();
        return false;
    }
    if changed("meta") {
        weighing.doubts.extend(Reason::of("APPT-BASE-17"));
    }
    if changed("id") || changed("meta") {
        weighing.open();
        return false;
    }
    match resource.get("status").and_then(Value::as_str).map(str::parse::<AppointmentStatus>) {
        Some(Ok(status)) => weighing.change.status = Some(status),
        Some(Err(_)) => weighing.against("APPT-TRN-15"),
        // What is served afterwards decides (reading C-39).
        None => {}
    }
    // The base lets a server refuse any change for rules of its own (TRN-21, FHIR R4 "Rejecting Updates").
    weighing.open();
    // What a server makes of what is no valid Appointment is its own affair (reading C-39).
    may_be_served(&state.resource, resource)
}

/// The requirement that a success would break first, and another one that speaks of the same.
pub(super) type Broken = (&'static str, Option<&'static str>);

/// Applies one operation, or names the requirements that a success would break.
pub(super) fn apply(resource: &mut Value, operation: &Operation) -> Result<(), Broken> {
    const ALL_OR_NONE: &str = "APPT-ATOM-02";
    let pointer = |text: &str| PointerBuf::parse(text).map_err(|_| (ALL_OR_NONE, None));
    let path = pointer(&operation.path)?;
    let value = operation.value.clone().unwrap_or_default();
    let there = path.resolve(resource).is_ok();
    let native = match operation.op {
        PatchOp::Test => {
            let holds = path.resolve(resource).is_ok_and(|held| equal(held, &value));
            return if holds { Ok(()) } else { Err(("APPT-RFC-16", None)) };
        }
        PatchOp::Replace if !there => return Err(("APPT-RFC-07", Some(ALL_OR_NONE))),
        PatchOp::Add if path.parent().is_some_and(|parent| parent.resolve(resource).is_err()) => {
            return Err(("APPT-RFC-08", Some(ALL_OR_NONE)));
        }
        PatchOp::Add => PatchOperation::Add(AddOperation { path, value }),
        PatchOp::Replace => PatchOperation::Replace(ReplaceOperation { path, value }),
        PatchOp::Remove => PatchOperation::Remove(RemoveOperation { path }),
        PatchOp::Move | PatchOp::Copy => {
            let from = pointer(operation.from.as_deref().unwrap_or_default())?;
            if operation.op == PatchOp::Move {
                PatchOperation::Move(MoveOperation { from, path })
            } else {
                PatchOperation::Copy(CopyOperation { from, path })
            }
        }
    };
    patch_unsafe(resource, &[native]).map_err(|_| (ALL_OR_NONE, None))
}

/// Equality in the sense of `test`: numbers by value, members in any order (RFC 6902 section 4.6).
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || (one.as_f64() == other.as_f64()),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|it| equal(value, it)))
        }
        _ => one == other,
    }
}

/// The top members that the operations name; `None` where one names the whole resource.
fn touches(operations: &[Operation]) -> Option<Vec<String>> {
    let mut members = vec!["/meta".to_owned(), "/text".to_owned()];
    for operation in operations {
        let moved = operation.from.as_deref().filter(|_| operation.op == PatchOp::Move);
        for path in [Some(operation.path.as_str()), moved].into_iter().flatten() {
            let top = path.strip_prefix('/')?.split('/').next().unwrap_or_default();
            members.push(format!("/{top}"));
        }
    }
    Some(members)
}
