//! A YAML document as a tree in which every key and value knows its place in the text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A range of bytes in a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

/// A value of a YAML document and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Sequence(Vec<Node>),
    /// Keys with their own spans, in the order written.
    Mapping(Vec<(String, Span, Node)>),
}

/// Levels of a document. The deepest shipped file has 12; a level takes tens of KiB of a thread's stack in a debug build.
pub const MOST_LEVELS: usize = 32;

/// Parses one document.
///
/// # Errors
/// The first syntax error, or more levels than [`MOST_LEVELS`].
pub fn from_yaml(text: &str) -> Result<Node, serde_saphyr::Error> {
    let budget = serde_saphyr::budget! { max_depth: MOST_LEVELS };
    let options = serde_saphyr::options! { strict_booleans: true, budget: budget };
    serde_saphyr::from_str_with_options(text, options)
}

impl Node {
    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Mapping(entries) => entries.iter().find(|(name, _, _)| name == key).map(|(_, _, value)| value),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Sequence(_) => None,
        }
    }

    /// The items of a sequence; none where it is something else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Mapping(_) => &[],
        }
    }

    /// The entries of a mapping; none where it is something else.
    pub fn entries(&self) -> &[(String, Span, Node)] {
        match &self.kind {
            NodeKind::Mapping(entries) => entries,
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Sequence(_) => &[],
        }
    }

    /// The text of a scalar; `None` where it is something else.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Sequence(_)
            | NodeKind::Mapping(_) => None,
        }
    }
}

fn span_of(place: serde_saphyr::Location) -> Span {
    let start = place.span().byte_offset().unwrap_or(0) as usize;
    Span { start, end: start + place.span().byte_len().unwrap_or(0) as usize }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<NodeKind>::deserialize(deserializer)?;
        let mut span = span_of(spanned.referenced);
        // A collection is reported by its first token only; it reaches to the end of its last child.
        let last = match &spanned.value {
            NodeKind::Sequence(items) => items.last().map(|item| item.span.end),
            NodeKind::Mapping(entries) => entries.last().map(|(_, key, value)| value.span.end.max(key.end)),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Float(_) | NodeKind::Text(_) => None,
        };
        if let NodeKind::Mapping(entries) = &spanned.value
            && let Some((_, first, _)) = entries.first()
            && span.end == span.start
        {
            span.start = first.start;
        }
        span.end = span.end.max(last.unwrap_or(0));
        Ok(Node { kind: spanned.value, span })
    }
}

impl<'de> Deserialize<'de> for NodeKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = NodeKind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<NodeKind, E> {
        Ok(NodeKind::Null)
    }

    fn visit_none<E>(self) -> Result<NodeKind, E> {
        Ok(NodeKind::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<NodeKind, E> {
        Ok(NodeKind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<NodeKind, E> {
        Ok(NodeKind::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<NodeKind, E> {
        Ok(i64::try_from(value).map_or(NodeKind::Float(value as f64), NodeKind::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<NodeKind, E> {
        Ok(NodeKind::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<NodeKind, E> {
        Ok(NodeKind::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<NodeKind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(NodeKind::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<NodeKind, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            entries.push((key.value, span_of(key.referenced), access.next_value()?));
        }
        Ok(NodeKind::Mapping(entries))
    }
}
