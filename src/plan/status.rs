//! The status that a patch document sets, and the plain document that sets one.

use serde_json::{Value, json};

use crate::words::fhir::AppointmentStatus;

/// The status a patch document sets: the value of its last operation on `/status`, where that is one of the ten codes.
pub fn status_set(document: &Value) -> Option<AppointmentStatus> {
    let operations = document.as_array()?.iter();
    last_status(operations.map(|operation| (operation.get("path").and_then(Value::as_str), operation.get("value"))))
}

/// The same of operations that are given as path and value.
pub fn last_status<'v>(
    operations: impl DoubleEndedIterator<Item = (Option<&'v str>, Option<&'v Value>)>,
) -> Option<AppointmentStatus> {
    let (_, value) = operations.rev().find(|(path, _)| *path == Some("/status"))?;
    value?.as_str()?.parse().ok()
}

/// The plain documented change to a status.
pub fn plain_change(status: AppointmentStatus) -> Value {
    json!([{ "op": "replace", "path": "/status", "value": status.code() }])
}
