//! A patch document applied as RFC 6902 says, and the result held against the base specification.

use json_patch::jsonptr::{Pointer, PointerBuf};
use json_patch::{
    AddOperation, CopyOperation, MoveOperation, PatchError, PatchOperation, RemoveOperation, ReplaceOperation,
    patch_unsafe,
};
use serde_json::Value;

use super::clause::{Clause, Issue};
use super::operation::DocumentOperation;
use super::rejection::{Rejection, shorten};
use super::store::Draft;
use super::terms::Terms;
use super::{json, validate};
use crate::suite::contract::PatchOp;

/// What the document would make of the appointment.
///
/// # Errors
/// 422 where an operation cannot be applied, a `test` fails, or the result is no valid Appointment.
pub(super) fn judge(terms: &Terms, before: &Value, operations: &[DocumentOperation]) -> Result<Draft, Rejection> {
    let resource = apply(terms, before, operations)?;
    let changed = validate::changed_identity(before, &resource);
    terms.require(Clause::IdentityKept, changed.is_none(), || {
        format!("`{}` cannot be changed by a client.", changed.unwrap_or_default())
    })?;
    if let Err((issue, what)) = validate::appointment(&resource) {
        terms.require(Clause::ResultValid(issue), false, || format!("The appointment would be invalid: {what}."))?;
    }
    Ok(Draft::of(resource))
}

/// Applies all operations or none: the work is done on a copy, because `json_patch::patch` does not undo everything it
/// did when a later operation fails.
///
/// # Errors
/// 422 for the first operation that cannot be applied.
pub(super) fn apply(terms: &Terms, before: &Value, operations: &[DocumentOperation]) -> Result<Value, Rejection> {
    let mut document = before.clone();
    let mut budget = CopyBudget { values: MOST_VALUES };
    for (index, operation) in operations.iter().enumerate() {
        if terms.passes_over(&document, operation) {
            continue;
        }
        step(&mut document, operation, &mut budget).map_err(|(clause, what)| {
            let path = shorten(&operation.path);
            terms.reject(clause, format!("Operation {index}, `{} {path}`: {what}.", operation.op))
        })?;
    }
    if document.is_object() {
        return Ok(document);
    }
    Err(terms.reject(Clause::ResultIsResource, "The result would be no resource.".to_owned()))
}

/// A short document can ask for an exponential amount of copying, and for nesting that no recursion survives.
const MOST_VALUES: usize = 200_000;
const DEEPEST: usize = 200;
const LONGEST_POINTER: usize = 64;

/// The clause that an operation breaks, and how.
type FailedOperation = (Clause, String);

struct CopyBudget {
    values: usize,
}

impl CopyBudget {
    /// Pays for a value that moves below a pointer.
    fn pay(&mut self, value: &Value, below: &Pointer) -> Result<(), FailedOperation> {
        let (values, depth) = measure(value);
        self.values = self.values.saturating_sub(values);
        if self.values == 0 || below.count() + depth > DEEPEST {
            let what = "the result would be too large".to_owned();
            return Err((Clause::OperationApplies(Issue::TooCostly), what));
        }
        Ok(())
    }
}

fn step(document: &mut Value, operation: &DocumentOperation, budget: &mut CopyBudget) -> Result<(), FailedOperation> {
    let path = pointer(&operation.path)?;
    let missing = || (Clause::OperationApplies(Issue::Value), "the pointer leads nowhere".to_owned());
    let value = operation.value.clone();
    let native = match operation.op {
        PatchOp::Test => {
            let found = path.resolve(document).map_err(|_| missing())?;
            let is_equal = json::equal(found, &value);
            return if is_equal { Ok(()) } else { Err((Clause::TestHolds, "the test fails".to_owned())) };
        }
        PatchOp::Add => PatchOperation::Add(AddOperation { path, value }),
        PatchOp::Replace => PatchOperation::Replace(ReplaceOperation { path, value }),
        PatchOp::Remove => PatchOperation::Remove(RemoveOperation { path }),
        PatchOp::Move | PatchOp::Copy => {
            let from = pointer(operation.from.as_deref().unwrap_or_default())?;
            let source = from.resolve(document).map_err(|_| missing())?;
            budget.pay(source, &path)?;
            if operation.op == PatchOp::Move {
                PatchOperation::Move(MoveOperation { from, path })
            } else {
                PatchOperation::Copy(CopyOperation { from, path })
            }
        }
    };
    let failed = |error: PatchError| (Clause::OperationApplies(Issue::Value), error.kind.to_string());
    patch_unsafe(document, &[native]).map_err(failed)
}

fn pointer(text: &str) -> Result<PointerBuf, FailedOperation> {
    let pointer =
        PointerBuf::parse(text).map_err(|error| (Clause::OperationApplies(Issue::Structure), error.to_string()))?;
    if pointer.count() > LONGEST_POINTER {
        let what = format!("the pointer has more than {LONGEST_POINTER} parts");
        return Err((Clause::OperationApplies(Issue::TooCostly), what));
    }
    Ok(pointer)
}

/// How many values there are in a value, and how deep they are nested.
fn measure(value: &Value) -> (usize, usize) {
    let add = |(values, depth): (usize, usize), part: &Value| {
        let (more, deep) = measure(part);
        (values + more, depth.max(deep + 1))
    };
    match value {
        Value::Array(items) => items.iter().fold((1, 0), add),
        Value::Object(members) => members.values().fold((1, 0), add),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (1, 0),
    }
}
