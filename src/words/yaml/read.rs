//! Reads typed values from a [`Node`], and goes on after a mistake so that all of them are reported together.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use super::{Node, NodeKind, Problem, Span, nearest};

/// A value that remembers where it was written, for checks that need more than its own file section.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<T> {
    pub value: T,
    pub span: Span,
}

/// Reads a `T` from a node.
///
/// # Errors
/// Every mistake found, not only the first: after each one the offending entry is set aside and reading starts again.
pub fn read<T: DeserializeOwned>(file: &str, node: &Node) -> Result<T, Vec<Problem>> {
    /// More mistakes than this in one section are not worth a longer list.
    const MOST: usize = 40;
    let mut tree = node.clone();
    let mut problems: Vec<Problem> = Vec::new();
    let mut set_aside: Vec<String> = Vec::new();
    loop {
        match T::deserialize(&tree) {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(problems),
            Err(error) => {
                // A field that is missing only because its bad value was set aside is no mistake of its own.
                let echo = error.missing.as_ref().is_some_and(|name| set_aside.contains(name));
                let span = error.span.unwrap_or(node.span);
                let problem = Problem { file: file.to_owned(), span, message: error.message, accepted: error.accepted };
                if !echo || problems.is_empty() {
                    problems.push(problem);
                }
                match remove_at(&mut tree, span) {
                    Some(name) if problems.len() < MOST => set_aside.push(name),
                    Some(_) | None => return Err(problems),
                }
            }
        }
    }
}

/// Takes the innermost entry that covers `span` out of the tree; gives its key.
fn remove_at(node: &mut Node, span: Span) -> Option<String> {
    match &mut node.kind {
        NodeKind::Mapping(entries) => {
            let index = entries.iter().position(|(_, key, value)| {
                covers(*key, span) || covers(Span { start: key.start, end: value.span.end.max(key.end) }, span)
            })?;
            let (_, key, value) = &mut entries[index];
            if !covers(*key, span)
                && value.span != span
                && let Some(name) = remove_at(value, span)
            {
                return Some(name);
            }
            Some(entries.remove(index).0)
        }
        NodeKind::Sequence(items) => {
            let index = items.iter().position(|item| covers(item.span, span))?;
            if items[index].span != span
                && let Some(name) = remove_at(&mut items[index], span)
            {
                return Some(name);
            }
            items.remove(index);
            Some(String::new())
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Float(_) | NodeKind::Text(_) => None,
    }
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && (outer.end > outer.start || outer == inner)
}

#[derive(Debug)]
/// A mistake on its way up to [`read`]; the innermost value it concerns gives it its span.
pub struct YamlError {
    message: String,
    accepted: Option<String>,
    span: Option<Span>,
    missing: Option<String>,
}

impl fmt::Display for YamlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for YamlError {}

impl YamlError {
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl de::Error for YamlError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        let (message, accepted) = match message.split_once(": expected ") {
            Some((message, accepted)) => (message.to_owned(), Some(accepted.to_owned())),
            None => (message, None),
        };
        YamlError { message, accepted, span: None, missing: None }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        YamlError {
            message: format!("unknown key `{field}`"),
            accepted: Some(one_of(field, expected)),
            span: None,
            missing: None,
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        YamlError {
            message: format!("unknown value `{variant}`"),
            accepted: Some(one_of(variant, expected)),
            span: None,
            missing: None,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        YamlError {
            message: format!("the key `{field}` is missing"),
            accepted: None,
            span: None,
            missing: Some(field.to_owned()),
        }
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        YamlError {
            message: format!("found {unexpected}"),
            accepted: Some(expected.to_string()),
            span: None,
            missing: None,
        }
    }
}

fn one_of(found: &str, expected: &[&str]) -> String {
    let list = expected.join(", ");
    match nearest(found, expected.iter().copied()) {
        Some(name) => format!("{list} (did you mean `{name}`?)"),
        None => list,
    }
}

/// Marks a newtype as [`Located`] for the deserializer below.
const LOCATED: &str = "$patchproof::Located";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LocatedVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for LocatedVisitor<T> {
            type Value = Located<T>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let start = access.next_element::<usize>()?.unwrap_or_default();
                let end = access.next_element::<usize>()?.unwrap_or_default();
                let value = access.next_element::<T>()?.ok_or_else(|| de::Error::custom("a value is missing"))?;
                Ok(Located { value, span: Span { start, end } })
            }
        }
        deserializer.deserialize_newtype_struct(LOCATED, LocatedVisitor(PhantomData))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = YamlError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        let result = match &self.kind {
            NodeKind::Null => visitor.visit_unit(),
            NodeKind::Bool(value) => visitor.visit_bool(*value),
            NodeKind::Integer(value) => visitor.visit_i64(*value),
            NodeKind::Float(value) => visitor.visit_f64(*value),
            NodeKind::Text(value) => visitor.visit_borrowed_str(value),
            NodeKind::Sequence(items) => visitor.visit_seq(Items { rest: items }),
            NodeKind::Mapping(entries) => visitor.visit_map(Entries { rest: entries, value: None }),
        };
        result.map_err(|error| error.at(self.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, YamlError> {
        match self.kind {
            NodeKind::Null => visitor.visit_none(),
            NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Sequence(_)
            | NodeKind::Mapping(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        if name == LOCATED {
            return visitor.visit_seq(LocatedParts { node: self, next: 0 });
        }
        visitor.visit_newtype_struct(self).map_err(|error| error.at(self.span))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        let result = match &self.kind {
            NodeKind::Text(name) => visitor.visit_enum(StrDeserializer::<YamlError>::new(name)),
            NodeKind::Mapping(entries) if entries.len() == 1 => {
                visitor.visit_enum(YamlVariant { name: &entries[0].0, name_span: entries[0].1, value: &entries[0].2 })
            }
            NodeKind::Mapping(entries) => Err(de::Error::custom(format!(
                "found {} keys: expected exactly one key, which names the kind",
                entries.len()
            ))),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Float(_) | NodeKind::Sequence(_) => {
                Err(de::Error::custom("found no name: expected a word, or a mapping with one key"))
            }
        };
        result.map_err(|error| error.at(self.span))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, YamlError> for &'de Node {
    type Deserializer = &'de Node;
    fn into_deserializer(self) -> Self::Deserializer {
        self
    }
}

struct Items<'de> {
    rest: &'de [Node],
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = YamlError;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, YamlError> {
        let Some((first, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        seed.deserialize(first).map(Some).map_err(|error| error.at(first.span))
    }
}

struct Entries<'de> {
    rest: &'de [(String, Span, Node)],
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = YamlError;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, YamlError> {
        let Some(((key, span, value), rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        self.value = Some(value);
        seed.deserialize(StrDeserializer::<YamlError>::new(key)).map(Some).map_err(|error| error.at(*span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, YamlError> {
        let Some(value) = self.value.take() else { return Err(de::Error::custom("a value is missing")) };
        seed.deserialize(value).map_err(|error| error.at(value.span))
    }
}

struct YamlVariant<'de> {
    name: &'de str,
    name_span: Span,
    value: &'de Node,
}

impl<'de> EnumAccess<'de> for YamlVariant<'de> {
    type Error = YamlError;
    type Variant = Self;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), YamlError> {
        let name =
            seed.deserialize(StrDeserializer::<YamlError>::new(self.name)).map_err(|error| error.at(self.name_span))?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for YamlVariant<'de> {
    type Error = YamlError;
    fn unit_variant(self) -> Result<(), YamlError> {
        match self.value.kind {
            NodeKind::Null => Ok(()),
            NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Sequence(_)
            | NodeKind::Mapping(_) => {
                Err(<YamlError as de::Error>::custom(format!("`{}` takes no value", self.name)).at(self.value.span))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, YamlError> {
        seed.deserialize(self.value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, YamlError> {
        self.value.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, YamlError> {
        match &self.value.kind {
            NodeKind::Mapping(entries) => {
                let access = Entries { rest: entries, value: None };
                MapAccessDeserializer::new(access).deserialize_any(visitor).map_err(|error| error.at(self.value.span))
            }
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Text(_)
            | NodeKind::Sequence(_) => self.value.deserialize_any(visitor),
        }
    }
}

struct LocatedParts<'de> {
    node: &'de Node,
    next: usize,
}

impl<'de> SeqAccess<'de> for LocatedParts<'de> {
    type Error = YamlError;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, YamlError> {
        self.next += 1;
        match self.next {
            1 => seed.deserialize((self.node.span.start as u64).into_deserializer()).map(Some),
            2 => seed.deserialize((self.node.span.end as u64).into_deserializer()).map(Some),
            3 => seed.deserialize(self.node).map(Some).map_err(|error| error.at(self.node.span)),
            _ => Ok(None),
        }
    }
}
