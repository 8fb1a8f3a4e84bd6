//! A patch document applied as RFC 6902 says, and the result held against the base specification.

use json_patch::jsonptr::{Pointer, PointerBuf};
use json_patch::{
    AddOperation, CopyOperation, MoveOperation, PatchOperation, RemoveOperation, ReplaceOperation, patch_unsafe,
};
use serde_json::Value;

use super::Rules;
use super::document::Operation;
use super::fault::Fault;
use super::respond::{Issue, Refusal, shorten};
use super::store::Change;
use super::{json, validate};
use crate::suite::contract::PatchOp;

/// What the document would make of the appointment.
///
/// # Errors
/// 422 where an operation cannot be applied, a `test` fails, or the result is no valid Appointment.
pub(super) fn judge(rules: &Rules, before: &Value, operations: &[Operation]) -> Result<Change, Refusal> {
    let resource = apply(rules, before, operations)?;
    validate::keeps_identity(before, &resource)?;
    if !rules.has(Fault::UncheckedResult) {
        validate::appointment(&resource)?;
    }
    Ok(Change { resource, takes: None, frees: None })
}

/// Applies all operations or none: the work is done on a copy, because `json_patch::patch` does not undo everything it
/// did when a later operation fails.
///
/// # Errors
/// 422 for the first operation that cannot be applied.
pub(super) fn apply(rules: &Rules, before: &Value, operations: &[Operation]) -> Result<Value, Refusal> {
    let mut document = before.clone();
    let mut budget = Budget { values: MOST_VALUES };
    for (index, operation) in operations.iter().enumerate() {
        step(rules, &mut document, operation, &mut budget).map_err(|(issue, what)| {
            let path = shorten(&operation.path);
            Refusal::new(422, issue, format!("Operation {index}, `{} {path}`: {what}.", operation.op))
        })?;
    }
    if document.is_object() {
        return Ok(document);
    }
    Err(Refusal::new(422, Issue::Value, "The result would be no resource.".to_owned()))
}

/// A short document can ask for an exponential amount of copying, and for nesting that no recursion survives.
const MOST_VALUES: usize = 200_000;
const DEEPEST: usize = 200;
const LONGEST_POINTER: usize = 64;

struct Budget {
    values: usize,
}

impl Budget {
    /// Pays for a value that moves below a pointer.
    fn pay(&mut self, value: &Value, below: &Pointer) -> Result<(), (Issue, String)> {
        let (values, depth) = measure(value);
        self.values = self.values.saturating_sub(values);
        if self.values == 0 || below.count() + depth > DEEPEST {
            return Err((Issue::TooCostly, "the result would be too large".to_owned()));
        }
        Ok(())
    }
}

fn step(
    rules: &Rules,
    document: &mut Value,
    operation: &Operation,
    budget: &mut Budget,
) -> Result<(), (Issue, String)> {
    let path = pointer(&operation.path)?;
    let missing = || (Issue::Value, "the pointer leads nowhere".to_owned());
    let value = operation.value.clone();
    let native = match operation.op {
        PatchOp::Test => {
            let found = path.resolve(document).map_err(|_| missing())?;
            return if json::equal(found, &value) || rules.has(Fault::IgnoreTest) {
                Ok(())
            } else {
                Err((Issue::BusinessRule, "the test fails".to_owned()))
            };
        }
        PatchOp::Replace if path.resolve(document).is_err() && rules.has(Fault::MissingTargetsPassedOver) => {
            return Ok(());
        }
        PatchOp::Add
            if rules.has(Fault::MissingParentsPassedOver)
                && path.parent().is_some_and(|parent| parent.resolve(document).is_err()) =>
        {
            return Ok(());
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
    patch_unsafe(document, &[native]).map_err(|error| (Issue::Value, error.kind.to_string()))
}

fn pointer(text: &str) -> Result<PointerBuf, (Issue, String)> {
    let pointer = PointerBuf::parse(text).map_err(|error| (Issue::Structure, error.to_string()))?;
    if pointer.count() > LONGEST_POINTER {
        return Err((Issue::TooCostly, format!("the pointer has more than {LONGEST_POINTER} parts")));
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
