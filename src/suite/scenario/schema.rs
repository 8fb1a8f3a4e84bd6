//! The JSON Schema of scenario files, for editors.

use serde_json::json;

use super::{ExchangeFile, MatrixFile, PropertyFile, RaceFile, SequenceFile};
use crate::words::schema::{document, generator};

/// The schema as pretty JSON text, ending with a line feed. `scenarios/schema.json` is this text.
pub fn schema() -> String {
    let mut generator = generator();
    let kinds = [
        generator.subschema_for::<ExchangeFile>(),
        generator.subschema_for::<MatrixFile>(),
        generator.subschema_for::<PropertyFile>(),
        generator.subschema_for::<RaceFile>(),
        generator.subschema_for::<SequenceFile>(),
    ];
    document("patchproof scenario file", json!({ "oneOf": kinds }), generator)
}
