//! The values of the moment in a request: everything in it that neither the plan nor the target file says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::Bindings;

/// What a request of the plan was filled with. Only what the request asks for is in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// What the `$names` in it stand for.
    #[serde(skip_serializing_if = "Bindings::is_empty", default)]
    pub names: Bindings,
    /// The entity tag of the current version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tag: Option<String>,
    /// That of the version before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stale: Option<String>,
    /// The ETag of the response to the last accepted PATCH.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_etag: Option<String>,
    /// The document of the last accepted PATCH.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous: Option<Value>,
    /// A tenant that nobody has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    /// The endpoint that takes no writes, as the target file names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub open_endpoint: Option<String>,
}

impl Bound {
    /// The same with other texts: those of the names and of the tags.
    #[must_use]
    pub fn map_texts(mut self, map: impl Fn(&str) -> String) -> Bound {
        let tags = [&mut self.tag, &mut self.stale, &mut self.last_etag].into_iter().flatten();
        let names = self.names.values_mut().filter_map(|value| match value {
            Value::String(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        });
        for text in tags.chain(names) {
            *text = map(text);
        }
        self
    }
}
