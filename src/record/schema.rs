//! The JSON Schema of run records.

use super::RunRecord;
use crate::words::schema::{document, generator};

/// The schema as pretty JSON text that ends with a line feed.
pub fn schema() -> String {
    let mut generator = generator();
    let body = generator.root_schema_for::<RunRecord>().to_value();
    document("patchproof run record", body, generator)
}
