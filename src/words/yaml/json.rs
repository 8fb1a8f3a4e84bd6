//! A tree as JSON; apart from the tree itself, so that `build.rs` need not compile a JSON library a second time.

use super::{Node, NodeKind};

impl Node {
    /// The node as a JSON value, mappings in the order written.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Integer(value) => Value::from(*value),
            NodeKind::Float(value) => Value::from(*value),
            NodeKind::Text(value) => Value::String(value.clone()),
            NodeKind::Sequence(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            NodeKind::Mapping(entries) => {
                Value::Object(entries.iter().map(|(key, _, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }
}
