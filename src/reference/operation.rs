//! One operation of a patch document, as syntax.

use serde_json::Value;

use crate::suite::contract::PatchOp;

/// One operation object of a document (RFC 6902 section 4).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DocumentOperation {
    /// Which of the six operations.
    pub(super) op: PatchOp,
    /// A JSON Pointer.
    pub(super) path: String,
    /// Null where the operation carries none.
    pub(super) value: Value,
    /// A JSON Pointer, for `move` and `copy` alone.
    pub(super) from: Option<String>,
}
