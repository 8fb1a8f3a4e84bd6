//! What an edition can be asked.

use serde_json::{Value, json};

use crate::suite::contract::{Edition, Tables};

/// What an edition can be asked.
#[derive(Clone, Copy)]
pub(super) struct Palette<'a> {
    pub edition: Edition,
    pub tables: &'a Tables,
}

/// An operation with a value.
pub(super) fn operation(op: &str, path: &str, value: Value) -> Value {
    json!({ "op": op, "path": path, "value": value })
}
