//! Faults that misread a patch document.

use serde_json::{Value, json};

use crate::suite::contract::PatchOp;

/// The one value in a list of one is taken for the list, and the reverse.
pub(super) fn unwrap_values(document: &mut Value) -> Result<(), String> {
    for item in document.as_array_mut().into_iter().flatten() {
        let path = item.get("path").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(value) = item.get_mut("value") {
            *value = unwrapped(&path, value.take());
        }
    }
    Ok(())
}

fn unwrapped(path: &str, value: Value) -> Value {
    match (path, value) {
        ("/status", Value::Array(mut items)) if items.len() == 1 => items.remove(0),
        ("/reasonCode", Value::String(text)) => json!([{ "text": text }]),
        ("/cancelationReason", Value::Array(mut items)) if items.len() == 1 => items.remove(0),
        (_, value) => value,
    }
}

/// An operation with a member that RFC 6902 does not define is rejected.
pub(super) fn reject_unknown_members(document: &mut Value) -> Result<(), String> {
    for (index, item) in document.as_array().into_iter().flatten().enumerate() {
        let Some(members) = item.as_object() else { continue };
        let op = members.get("op").and_then(Value::as_str).and_then(|name| name.parse::<PatchOp>().ok());
        let is_known = |name: &str| match name {
            "op" | "path" | "value" => true,
            "from" => op.is_some_and(PatchOp::has_from),
            _ => false,
        };
        if members.keys().any(|name| !is_known(name)) {
            return Err(format!("Operation {index}: it has members that JSON Patch does not define."));
        }
    }
    Ok(())
}
