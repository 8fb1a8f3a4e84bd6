//! What one document makes of a resource: the base specification's prediction, and the places that the document names.

use serde_json::Value;

use super::base::{apply, copies_all};
use super::document::{Operation, is_pointer};
use super::resource::may_be_served;
use crate::suite::contract::PatchOp;

/// What a document makes of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted {
    /// The resource after all operations, where they can be carried out and leave a valid Appointment.
    pub resource: Option<Value>,
    /// What they leave where it is no valid Appointment.
    pub invalid: Option<Value>,
    /// The places that the operations name, as JSON pointers; a list where one of them moves its elements.
    pub named: Vec<String>,
}

/// Applies a patch document to a resource as RFC 6902 says; `None` where it is not a list of sound operations.
pub fn predict(before: &Value, document: &Value) -> Option<Predicted> {
    let operations: Vec<Operation> = document.as_array()?.iter().map(operation).collect::<Option<_>>()?;
    let named = operations.iter().filter(|operation| operation.op != PatchOp::Test).flat_map(named).collect();
    let mut resource = before.clone();
    let applied = operations.iter().all(|operation| apply(&mut resource, operation).is_ok());
    let done = applied && !operations.iter().any(copies_all);
    let (resource, invalid) = match (done, may_be_served(before, &resource)) {
        (true, true) => (Some(resource), None),
        (true, false) => (None, Some(resource)),
        (false, _) => (None, None),
    };
    Some(Predicted { resource, invalid, named })
}

/// Whether a value is a JSON Patch document: a list of operations, each sound by itself (RFC 6902 sections 3 and 4).
pub fn is_patch_document(document: &Value) -> bool {
    let sound = |item: &Value| {
        operation(item)
            .is_some_and(|operation| is_pointer(&operation.path) && operation.from.as_deref().is_none_or(is_pointer))
    };
    document.as_array().is_some_and(|operations| operations.iter().all(sound))
}

fn operation(item: &Value) -> Option<Operation> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let op: PatchOp = text("op")?.parse().ok()?;
    let path = text("path")?;
    let value = item.get("value").cloned();
    let from = text("from");
    let lacks = match op {
        PatchOp::Add | PatchOp::Replace | PatchOp::Test => value.is_none(),
        PatchOp::Move | PatchOp::Copy => from.is_none(),
        PatchOp::Remove => false,
    };
    let is_pointer = path.is_empty() || path.starts_with('/');
    (is_pointer && !lacks).then_some(Operation { op, path, value, from })
}

/// The places that an operation names.
fn named(operation: &Operation) -> Vec<String> {
    let moved = operation.from.as_deref().filter(|_| operation.op == PatchOp::Move);
    let shifts = match operation.op {
        PatchOp::Add | PatchOp::Remove | PatchOp::Move | PatchOp::Copy => true,
        PatchOp::Replace | PatchOp::Test => false,
    };
    let place = |path: &str| match path.rsplit_once('/') {
        Some((list, last)) if shifts && (last == "-" || last.bytes().all(|byte| byte.is_ascii_digit())) => {
            list.to_owned()
        }
        Some(_) | None => path.to_owned(),
    };
    [Some(operation.path.as_str()), moved].into_iter().flatten().map(place).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_applied_and_the_places_it_names_are_given() {
        let before = json!({ "status": "booked", "participant": [{ "status": "accepted" }, { "status": "declined" }] });
        let predicted = |document: Value| predict(&before, &document).unwrap();
        let cancelled = predicted(json!([{ "op": "replace", "path": "/status", "value": "cancelled" }]));
        assert_eq!(cancelled.named, ["/status"]);
        assert_eq!(cancelled.resource.unwrap()["status"], "cancelled");
        let second = predicted(json!([{ "op": "replace", "path": "/participant/1/status", "value": "accepted" }]));
        assert_eq!(second.named, ["/participant/1/status"]);
        let removed = predicted(json!([{ "op": "remove", "path": "/participant/0" }]));
        assert_eq!(
            (removed.named, removed.resource.unwrap()["participant"][0]["status"].clone()),
            (vec!["/participant".to_owned()], json!("declined"))
        );
        let moved = predicted(json!([{ "op": "move", "from": "/participant/0", "path": "/participant/-" }]));
        assert_eq!(moved.named, ["/participant", "/participant"]);
    }

    #[test]
    fn nothing_is_predicted_of_what_fails_or_is_not_an_appointment() {
        let before = json!({ "status": "booked" });
        for document in [
            json!([{ "op": "replace", "path": "/comment", "value": "x" }]),
            json!([{ "op": "replace", "path": "/status", "value": "gone" }]),
            json!([{ "op": "remove", "path": "/status" }]),
            json!([{ "op": "add", "path": "/comment", "value": "" }]),
        ] {
            assert_eq!(predict(&before, &document).unwrap().resource, None, "{document}");
        }
        for document in
            [json!({}), json!([{ "op": "replace", "path": "status", "value": "x" }]), json!([{ "op": "add" }])]
        {
            assert_eq!(predict(&before, &document), None, "{document}");
        }
    }
}
