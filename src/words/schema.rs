//! JSON Schemas of the files we read and write, in the part of the language that strict validators accept.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

/// A generator whose schemas a strict validator accepts: 2020-12, and no `format` at all, since none is asserted there and
/// those of Rust's numbers are unknown outside of it. A bound of a number takes the place of its format.
pub fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().with_transform(NoFormats).into_generator()
}

/// The text of a schema document: pretty JSON that ends with a line feed. `body` holds its keywords beside `$schema`, `title`
/// and `$defs`; the definitions are those the generator has collected.
pub fn document(title: &str, body: Value, mut generator: SchemaGenerator) -> String {
    let mut document = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": title });
    let definitions = generator.take_definitions(true);
    if let (Value::Object(document), Value::Object(body)) = (&mut document, body) {
        document.extend(body.into_iter().filter(|(keyword, _)| keyword != "$schema" && keyword != "title"));
        document.insert("$defs".to_owned(), Value::Object(definitions));
    }
    format!("{document:#}\n")
}

/// Replaces the `format` of a number by the bounds it stands for, and removes any other.
#[derive(Debug, Clone)]
struct NoFormats;

impl Transform for NoFormats {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::String(format)) = schema.remove("format")
            && let Some((least, most)) = bounds(&format)
        {
            for (keyword, bound) in [("minimum", least), ("maximum", most)] {
                if schema.get(keyword).is_none() {
                    schema.insert(keyword.to_owned(), bound);
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

/// The bounds that schemars means by the `format` of an integer; `None` for every other format.
fn bounds(format: &str) -> Option<(Value, Value)> {
    Some(match format {
        "uint8" => (json!(0), json!(u8::MAX)),
        "uint16" => (json!(0), json!(u16::MAX)),
        "uint32" => (json!(0), json!(u32::MAX)),
        "uint" | "uint64" => (json!(0), json!(u64::MAX)),
        "int8" => (json!(i8::MIN), json!(i8::MAX)),
        "int16" => (json!(i16::MIN), json!(i16::MAX)),
        "int32" => (json!(i32::MIN), json!(i32::MAX)),
        "int" | "int64" => (json!(i64::MIN), json!(i64::MAX)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[derive(schemars::JsonSchema)]
    #[allow(dead_code)]
    struct NumbersOfAllKinds {
        small: u16,
        signed: Option<i32>,
        large: u64,
        list: Vec<u32>,
        ratio: f64,
    }

    #[test]
    fn the_format_of_a_number_becomes_its_bounds() {
        let mut generator = generator();
        let body = generator.root_schema_for::<NumbersOfAllKinds>();
        let text = document("sample", body.to_value(), generator);
        let schema: Value = serde_json::from_str(&text).unwrap();
        let member = |name: &str| schema["properties"][name].clone();
        assert_eq!(member("small"), json!({ "type": "integer", "minimum": 0, "maximum": 65535 }));
        assert_eq!(member("signed")["minimum"], json!(i32::MIN));
        assert_eq!(member("large")["maximum"], json!(u64::MAX));
        assert_eq!(member("list")["items"]["maximum"], json!(u32::MAX));
        assert_eq!(member("ratio"), json!({ "type": "number" }));
        assert!(!text.contains("\"format\""));
    }
}
