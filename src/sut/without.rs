//! What a target file declares that the target has not: fixtures, tokens and endpoints, or JSON Patch itself.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::suite::scenario::{Feature, Fixture};
use crate::words::yaml::Located;

/// The word for JSON Patch.
const JSON_PATCH: &str = "json-patch";

/// What a target is without, each with the reason: a mapping, or `json-patch` alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Without {
    pub fixtures: BTreeMap<Fixture, Located<String>>,
    pub features: BTreeMap<Feature, Located<String>>,
    pub json_patch: Option<String>,
}

/// One thing that a target can be without.
enum Lack {
    JsonPatch,
    Of(Fixture),
    Feature(Feature),
}

impl<'de> Deserialize<'de> for Lack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Lack, D::Error> {
        struct LackVisitor;
        impl<'de> Visitor<'de> for LackVisitor {
            type Value = Lack;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a fixture, a feature such as user-token, or json-patch")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Lack, E> {
                match name {
                    JSON_PATCH => Ok(Lack::JsonPatch),
                    name => match Feature::ALL.into_iter().find(|feature| feature.name() == name) {
                        Some(feature) => Ok(Lack::Feature(feature)),
                        None => Fixture::deserialize(name.into_deserializer()).map(Lack::Of),
                    },
                }
            }
        }
        deserializer.deserialize_any(LackVisitor)
    }
}

impl<'de> Deserialize<'de> for Without {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Without, D::Error> {
        struct WithoutVisitor;
        impl<'de> Visitor<'de> for WithoutVisitor {
            type Value = Without;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("fixtures with the reason for each, or json-patch")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Without, E> {
                match name {
                    JSON_PATCH => Ok(Without { json_patch: Some(String::new()), ..Without::default() }),
                    name => Err(E::unknown_variant(name, &[JSON_PATCH])),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Without, A::Error> {
                let mut without = Without::default();
                while let Some(lack) = entries.next_key::<Lack>()? {
                    let why = entries.next_value::<Located<String>>()?;
                    match lack {
                        Lack::JsonPatch => without.json_patch = Some(why.value),
                        Lack::Of(fixture) => _ = without.fixtures.insert(fixture, why),
                        Lack::Feature(feature) => _ = without.features.insert(feature, why),
                    }
                }
                Ok(without)
            }
        }
        deserializer.deserialize_any(WithoutVisitor)
    }
}

impl JsonSchema for Without {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Without".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                { "const": JSON_PATCH },
                { "type": "object", "additionalProperties": { "type": "string" } }
            ]
        })
    }
}
