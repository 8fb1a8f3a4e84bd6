//! A patch document as syntax: bytes in, operations out; whether the operations make sense is judged elsewhere.

use serde_json::Value;

use super::Rules;
use super::fault::Fault;
use super::json;
use super::respond::{Issue, Refusal};
use crate::suite::contract::PatchOp;

/// One operation object of a document (RFC 6902 section 4).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub(super) op: PatchOp,
    pub(super) path: String,
    /// Null where the operation carries none.
    pub(super) value: Value,
    pub(super) from: Option<String>,
}

/// Reads a document.
///
/// # Errors
/// 400 for anything that is no patch document (ERR-12, ERR-13, RFC-01 to RFC-05).
pub(super) fn read(rules: &Rules, bytes: &[u8]) -> Result<Vec<Operation>, Refusal> {
    let document = json::read(bytes).map_err(|error| malformed(rules, format!("The body is not JSON: {error}.")))?;
    let Value::Array(items) = document else {
        return Err(malformed(rules, "The body is not an array of operations.".to_owned()));
    };
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            operation(rules, item).map_err(|what| malformed(rules, format!("Operation {index}: {what}.")))
        })
        .collect()
}

fn malformed(rules: &Rules, message: String) -> Refusal {
    let status = if rules.has(Fault::ServerErrorOnBadPatch) {
        500
    } else if rules.has(Fault::BadPatchIsUnprocessable) {
        422
    } else {
        400
    };
    Refusal::new(status, Issue::Structure, message)
}

/// Members that RFC 6902 does not define are ignored (RFC-06), and so is `from` where the operation has no use for it.
fn operation(rules: &Rules, item: Value) -> Result<Operation, String> {
    let Value::Object(mut members) = item else { return Err("it is not an object".to_owned()) };
    let op: PatchOp = match members.remove("op") {
        Some(Value::String(name)) => name.parse()?,
        Some(_) => return Err("`op` is not a string".to_owned()),
        None => return Err("`op` is missing".to_owned()),
    };
    let path = pointer("path", members.remove("path"))?;
    let from = if op.has_from() { Some(pointer("from", members.remove("from"))?) } else { None };
    let value = match members.remove("value") {
        Some(value) if rules.has(Fault::TypesUnchecked) => unwrapped(&path, value),
        Some(value) => value,
        None if op.has_value() => return Err(format!("`{op}` needs `value`")),
        None => Value::Null,
    };
    if rules.has(Fault::RefuseUnknownMembers) && !members.is_empty() {
        return Err("it has members that JSON Patch does not define".to_owned());
    }
    Ok(Operation { op, path, value, from })
}

/// One fault: the one value in a list of one is taken for the list, and the reverse.
fn unwrapped(path: &str, value: Value) -> Value {
    match (path, value) {
        ("/status", Value::Array(mut items)) if items.len() == 1 => items.remove(0),
        ("/reasonCode", Value::String(text)) => serde_json::json!([{ "text": text }]),
        ("/cancelationReason", Value::Array(mut items)) if items.len() == 1 => items.remove(0),
        (_, value) => value,
    }
}

/// A JSON Pointer is empty or begins with a slash, and has a tilde only in `~0` and `~1` (RFC 6901 section 3).
fn pointer(name: &str, value: Option<Value>) -> Result<String, String> {
    let text = match value {
        Some(Value::String(text)) => text,
        Some(_) => return Err(format!("`{name}` is not a string")),
        None => return Err(format!("`{name}` is missing")),
    };
    let escapes_are_known = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if (text.is_empty() || text.starts_with('/')) && escapes_are_known {
        Ok(text)
    } else {
        Err(format!("`{}` in `{name}` is no JSON Pointer", super::respond::shorten(&text)))
    }
}
