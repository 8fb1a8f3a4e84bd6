//! The JSON Schema of scenario files, for editors.

use super::{ExchangeFile, MatrixFile, PropertyFile, RaceFile, SequenceFile};

/// The schema as pretty JSON text, ending with a line feed. `scenarios/schema.json` is this text.
pub fn schema() -> String {
    let mut generator = schemars::SchemaGenerator::default();
    let kinds = [
        generator.subschema_for::<ExchangeFile>(),
        generator.subschema_for::<MatrixFile>(),
        generator.subschema_for::<PropertyFile>(),
        generator.subschema_for::<RaceFile>(),
        generator.subschema_for::<SequenceFile>(),
    ];
    let definitions = generator.take_definitions(true);
    let schema = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "patchproof scenario file",
        "oneOf": kinds,
        "$defs": definitions,
    });
    format!("{schema:#}\n")
}
