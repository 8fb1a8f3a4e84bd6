//! A patch document as syntax: bytes in, operations out; whether the operations make sense is judged elsewhere.

use axum::body::Bytes;
use serde_json::{Map, Value};

use super::clause::Clause;
use super::json;
use super::operation::DocumentOperation;
use super::rejection::{Rejection, shorten};
use super::terms::Terms;
use crate::suite::contract::PatchOp;

/// Reads a document; there is no body where it was larger than the server takes.
///
/// # Errors
/// 413 for such a body, 400 for anything that is no patch document (ERR-12, ERR-13, RFC-01 to RFC-05).
pub(super) fn read(terms: &Terms, body: Option<&Bytes>) -> Result<Vec<DocumentOperation>, Rejection> {
    let Some(body) = body else {
        return Err(terms.reject(Clause::BodySize, "The body has more than 1 MiB.".to_owned()));
    };
    parse(terms, body).map_err(|message| terms.reject(Clause::PatchDocument, message))
}

fn parse(terms: &Terms, bytes: &[u8]) -> Result<Vec<DocumentOperation>, String> {
    let mut document = json::read(bytes).map_err(|error| format!("The body is not JSON: {error}."))?;
    terms.on_document(&mut document)?;
    let Value::Array(items) = document else { return Err("The body is not an array of operations.".to_owned()) };
    let numbered = items.into_iter().enumerate();
    numbered.map(|(index, item)| operation(item).map_err(|what| format!("Operation {index}: {what}."))).collect()
}

/// Members that RFC 6902 does not define are ignored (RFC-06), and so is `from` where the operation has no use for it.
fn operation(item: Value) -> Result<DocumentOperation, String> {
    let Value::Object(mut members) = item else { return Err("it is not an object".to_owned()) };
    let op: PatchOp = match members.remove("op") {
        Some(Value::String(name)) => name.parse()?,
        Some(_) => return Err("`op` is not a string".to_owned()),
        None => return Err("`op` is missing".to_owned()),
    };
    let path = pointer("path", &mut members)?;
    let from = if op.has_from() { Some(pointer("from", &mut members)?) } else { None };
    let value = match members.remove("value") {
        Some(value) => value,
        None if op.has_value() => return Err(format!("`{op}` needs `value`")),
        None => Value::Null,
    };
    Ok(DocumentOperation { op, path, value, from })
}

/// A JSON Pointer is empty or begins with a slash, and has a tilde only in `~0` and `~1` (RFC 6901 section 3).
fn pointer(name: &str, members: &mut Map<String, Value>) -> Result<String, String> {
    let text = match members.remove(name) {
        Some(Value::String(text)) => text,
        Some(_) => return Err(format!("`{name}` is not a string")),
        None => return Err(format!("`{name}` is missing")),
    };
    let escapes_are_known = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if (text.is_empty() || text.starts_with('/')) && escapes_are_known {
        Ok(text)
    } else {
        Err(format!("`{}` in `{name}` is no JSON Pointer", shorten(&text)))
    }
}
