//! The header lines of a step that differ from the documented ones.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Header lines that differ from the documented ones, in the order written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Headers(pub Vec<(String, HeaderValues)>);

/// What one header is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValues {
    /// The header is left out.
    Absent,
    /// One line a value.
    Lines(Vec<String>),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for header values in the JSON Schema")]
pub(super) enum HeaderSchema {
    One(String),
    Several(Vec<String>),
    Absent(()),
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let map = serde_json::Map::<String, Value>::deserialize(deserializer)?;
        let mut headers = Vec::new();
        for (name, value) in map {
            let wrong = || {
                D::Error::custom(format!(
                    "invalid value of header `{name}`: expected a string, a list of strings, null"
                ))
            };
            let values = match value {
                Value::Null => HeaderValues::Absent,
                Value::String(text) => HeaderValues::Lines(vec![text]),
                Value::Array(items) => HeaderValues::Lines(
                    items
                        .into_iter()
                        .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                        .collect::<Result<_, _>>()?,
                ),
                Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(wrong()),
            };
            headers.push((name, values));
        }
        Ok(Headers(headers))
    }
}
