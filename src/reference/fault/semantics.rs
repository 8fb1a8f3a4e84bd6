//! Faults that misread what RFC 6902 says of an operation.

use serde_json::Value;

use super::judgement::FaultyJudgement;
use crate::reference::call::Call;
use crate::reference::operation::DocumentOperation;
use crate::reference::rejection::Rejection;
use crate::reference::store::Store;
use crate::reference::terms::Terms;
use crate::reference::{document, rfc6902};
use crate::suite::contract::PatchOp;

/// A `test` holds where two values look the same as text, whatever their type.
pub(super) fn looks_as_tested(document: &Value, operation: &DocumentOperation) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let found = document.pointer(&operation.path);
    operation.op == PatchOp::Test && found.is_some_and(|found| text(found) == text(&operation.value))
}

/// A `test` holds where two texts differ in letter case only.
pub(super) fn sounds_as_tested(document: &Value, operation: &DocumentOperation) -> bool {
    let found = document.pointer(&operation.path).and_then(Value::as_str);
    let texts = found.zip(operation.value.as_str());
    operation.op == PatchOp::Test && texts.is_some_and(|(found, asked)| found.eq_ignore_ascii_case(asked))
}

/// A `test` holds where two lists have the same members, in whatever order.
pub(super) fn has_what_is_tested(document: &Value, operation: &DocumentOperation) -> bool {
    let found = document.pointer(&operation.path).and_then(Value::as_array);
    let lists = found.zip(operation.value.as_array());
    let alike = |(found, asked): (&Vec<Value>, &Vec<Value>)| {
        found.len() == asked.len() && asked.iter().all(|one| found.contains(one))
    };
    operation.op == PatchOp::Test && lists.is_some_and(alike)
}

/// A `test` for null holds where nothing is there.
pub(super) fn tests_nothing(document: &Value, operation: &DocumentOperation) -> bool {
    operation.op == PatchOp::Test && operation.value.is_null() && document.pointer(&operation.path).is_none()
}

/// An index is read as a number is, with a sign or zeros before it.
pub(super) fn read_indexes_as_numbers(document: &mut Value) -> Result<(), String> {
    for item in document.as_array_mut().into_iter().flatten() {
        for name in ["path", "from"] {
            if let Some(Value::String(pointer)) = item.get_mut(name) {
                let parts: Vec<String> = pointer.split('/').map(as_number).collect();
                *pointer = parts.join("/");
            }
        }
    }
    Ok(())
}

fn as_number(part: &str) -> String {
    part.parse::<i32>().map_or_else(|_| part.to_owned(), |number| number.to_string())
}

/// An index beyond the end of a list is its end.
pub(super) fn append_beyond_the_end(
    terms: &Terms,
    _: &Store,
    before: &Value,
    all: &[DocumentOperation],
) -> FaultyJudgement {
    let mut operations: Vec<DocumentOperation> = Vec::new();
    for operation in all {
        let mut operation = operation.clone();
        let now = rfc6902::apply(terms, before, &operations).ok()?;
        let list = operation.path.rsplit_once('/').and_then(|(parent, index)| {
            let items = now.pointer(parent)?.as_array()?;
            (index.parse::<usize>().ok()? >= items.len()).then(|| parent.to_owned())
        });
        if let (Some(parent), PatchOp::Add | PatchOp::Replace) = (list, operation.op) {
            (operation.op, operation.path) = (PatchOp::Add, format!("{parent}/-"));
        }
        operations.push(operation);
    }
    (!terms.promises.takes_commands).then(|| rfc6902::judge(terms, before, &operations))
}

/// An `add` to a list puts its value at the end, whatever the index.
pub(super) fn add_at_the_end(document: &mut Value) -> Result<(), String> {
    for item in document.as_array_mut().into_iter().flatten() {
        let is_add = item.get("op").and_then(Value::as_str) == Some("add");
        let path = item.get("path").and_then(Value::as_str).and_then(|path| path.rsplit_once('/'));
        let end = path.filter(|(_, index)| index.parse::<usize>().is_ok()).map(|(parent, _)| format!("{parent}/-"));
        if let (true, Some(end)) = (is_add, end) {
            item["path"] = Value::String(end);
        }
    }
    Ok(())
}

/// A `move` leaves behind what it moves.
pub(super) fn copy_instead_of_move(document: &mut Value) -> Result<(), String> {
    for item in document.as_array_mut().into_iter().flatten() {
        if item.get("op").and_then(Value::as_str) == Some("move") {
            item["op"] = Value::from("copy");
        }
    }
    Ok(())
}

/// What a rejected document moved is not moved back.
pub(super) fn leak_moves(
    terms: &Terms,
    store: &mut Store,
    id: &str,
    call: &Call,
    rejection: Rejection,
) -> Result<(), Rejection> {
    leak(terms, store, id, call, PatchOp::Move);
    Err(rejection)
}

/// What a rejected document removed is not put back.
pub(super) fn leak_removals(
    terms: &Terms,
    store: &mut Store,
    id: &str,
    call: &Call,
    rejection: Rejection,
) -> Result<(), Rejection> {
    leak(terms, store, id, call, PatchOp::Remove);
    Err(rejection)
}

/// The first of several operations takes effect, where it is of a kind.
fn leak(terms: &Terms, store: &mut Store, id: &str, call: &Call, op: PatchOp) {
    let Ok(operations) = document::read(terms, call.body.as_ref()) else { return };
    let ([first, _, ..], Some(stored)) = (operations.as_slice(), store.appointments.get(id)) else { return };
    if first.op == op
        && !terms.promises.takes_commands
        && let Ok(draft) = rfc6902::judge(terms, &stored.resource, std::slice::from_ref(first))
    {
        store.commit(id, draft);
    }
}
