//! What a step expects of its response.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::check::StepCheck;
use crate::suite::contract::Expectation;
use crate::words::yaml::Located;

/// What a step expects: a word, or a mapping with further checks.
#[derive(Debug, Clone)]
pub struct Expect {
    pub outcome: Outcome,
    /// The named situation of the requirement that applies.
    pub case: Option<String>,
    /// Status sets of this step alone, where the requirement's do not fit.
    pub status: Option<Expectation>,
    pub checks: Vec<Located<StepCheck>>,
}

/// The class of answer a step expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A success; the fixture moves on.
    Accepted,
    /// A refusal without effect; counts only with its control.
    Refused,
    /// A refusal without effect, or a success after which a valid appointment is served: how much a server validates is its
    /// own affair (reading C-39). A refusal counts only with its control.
    RejectedOrValid,
    /// Documents leave it open; what came is recorded and judged by the requirement's sets.
    Either,
}

impl Outcome {
    /// Whether the request is a mistake: what a server may reject in any case.
    pub const fn is_of_mistake(self) -> bool {
        match self {
            Outcome::Refused | Outcome::RejectedOrValid => true,
            Outcome::Accepted | Outcome::Either => false,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ExpectMap {
    outcome: Outcome,
    case: Option<String>,
    status: Option<Expectation>,
    #[serde(default)]
    checks: Vec<Located<StepCheck>>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for Expect in the JSON Schema")]
enum ExpectSchema {
    Word(Outcome),
    Full(ExpectMap),
}

impl JsonSchema for Expect {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expect".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ExpectSchema::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExpectVisitor;
        impl<'de> serde::de::Visitor<'de> for ExpectVisitor {
            type Value = Expect;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("accepted, refused, rejected-or-valid, either, or a mapping with the key `outcome`")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Expect, E> {
                let outcome = Outcome::deserialize(serde::de::value::StrDeserializer::<E>::new(word))?;
                Ok(Expect { outcome, case: None, status: None, checks: Vec::new() })
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, access: A) -> Result<Expect, A::Error> {
                let map = ExpectMap::deserialize(serde::de::value::MapAccessDeserializer::new(access))?;
                Ok(Expect { outcome: map.outcome, case: map.case, status: map.status, checks: map.checks })
            }
        }
        deserializer.deserialize_any(ExpectVisitor)
    }
}
