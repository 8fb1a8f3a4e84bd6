//! A tree as JSON; apart from the tree itself, so that `build.rs` need not compile a JSON library a second time.

use super::{Kind, Node};

impl Node {
    /// The node as a JSON value, mappings in the order written.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Integer(value) => Value::from(*value),
            Kind::Float(value) => Value::from(*value),
            Kind::Text(value) => Value::String(value.clone()),
            Kind::Sequence(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Kind::Mapping(entries) => {
                Value::Object(entries.iter().map(|(key, _, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }
}
