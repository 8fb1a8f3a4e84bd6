//! Which status codes a requirement passes, tolerates and forbids.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::fhir::StatusCode;

/// One entry of a status set: a code, or a class such as `4xx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum CodePattern {
    Code(StatusCode),
    /// The first digit, 2 to 5.
    Class(u16),
}

impl CodePattern {
    /// Whether a code falls under the entry.
    pub fn covers(self, code: StatusCode) -> bool {
        match self {
            CodePattern::Code(exact) => exact == code,
            CodePattern::Class(class) => code.get() / 100 == class,
        }
    }

    /// The first digit of what it covers.
    pub fn class(self) -> u16 {
        match self {
            CodePattern::Code(code) => code.get() / 100,
            CodePattern::Class(class) => class,
        }
    }
}

impl fmt::Display for CodePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodePattern::Code(code) => write!(formatter, "{code}"),
            CodePattern::Class(class) => write!(formatter, "{class}xx"),
        }
    }
}

impl schemars::JsonSchema for CodePattern {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CodePattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "oneOf": [
                { "type": "integer", "minimum": 100, "maximum": 599 },
                { "enum": ["2xx", "3xx", "4xx", "5xx"] }
            ],
            "description": "A status code, or a class of them."
        })
    }
}

impl From<CodePattern> for String {
    fn from(pattern: CodePattern) -> String {
        pattern.to_string()
    }
}

impl<'de> Deserialize<'de> for CodePattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PatternVisitor;
        impl serde::de::Visitor<'_> for PatternVisitor {
            type Value = CodePattern;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a status code from 100 to 599, or one of 2xx, 3xx, 4xx, 5xx")
            }
            fn visit_i64<E: serde::de::Error>(self, code: i64) -> Result<CodePattern, E> {
                u16::try_from(code)
                    .ok()
                    .and_then(StatusCode::new)
                    .map(CodePattern::Code)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(code), &self))
            }
            fn visit_u64<E: serde::de::Error>(self, code: u64) -> Result<CodePattern, E> {
                self.visit_i64(i64::try_from(code).unwrap_or(i64::MAX))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CodePattern, E> {
                match text {
                    "2xx" => Ok(CodePattern::Class(2)),
                    "3xx" => Ok(CodePattern::Class(3)),
                    "4xx" => Ok(CodePattern::Class(4)),
                    "5xx" => Ok(CodePattern::Class(5)),
                    other => match other.parse::<i64>() {
                        Ok(code) => self.visit_i64(code),
                        Err(_) => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                    },
                }
            }
        }
        deserializer.deserialize_any(PatternVisitor)
    }
}

/// Three status sets. What is in none of them is decided by the basis of the code (design section 4.1).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub status: Vec<CodePattern>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerate: Vec<CodePattern>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<CodePattern>,
}

/// Where a status code falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    Expected,
    Tolerated,
    Forbidden,
    Other,
}

impl Expectation {
    /// The expectation of one situation inside a wider one: it narrows what is expected, and what the wider one tolerates
    /// or forbids still holds where it says nothing itself.
    pub(super) fn inside(self, outer: &Expectation) -> Expectation {
        let expected = |pattern: &CodePattern| self.status.iter().any(|status| status.class() == pattern.class());
        let allowed = |pattern: &CodePattern| expected(pattern) || self.tolerate.contains(pattern);
        let forbid = match self.forbid.as_slice() {
            [] => outer.forbid.iter().copied().filter(|pattern| !allowed(pattern)).collect(),
            forbidden => forbidden.to_vec(),
        };
        let tolerate = if self.tolerate.is_empty() { outer.tolerate.clone() } else { self.tolerate };
        Expectation { status: self.status, tolerate, forbid }
    }

    /// Grades a status code. `forbid` is asked first.
    pub fn grade(&self, code: StatusCode) -> Grade {
        let within = |set: &[CodePattern]| set.iter().any(|pattern| pattern.covers(code));
        if within(&self.forbid) {
            Grade::Forbidden
        } else if within(&self.status) {
            Grade::Expected
        } else if within(&self.tolerate) {
            Grade::Tolerated
        } else {
            Grade::Other
        }
    }

    /// Whether every expected code is a success.
    pub fn wants_success(&self) -> bool {
        !self.status.is_empty() && self.status.iter().all(|pattern| pattern.class() == 2)
    }

    /// Whether no expected code is a success.
    pub fn wants_refusal(&self) -> bool {
        !self.status.is_empty() && self.status.iter().all(|pattern| pattern.class() != 2)
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |set: &[CodePattern]| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        formatter.write_str(&list(&self.status))?;
        if !self.tolerate.is_empty() {
            write!(formatter, " (tolerated: {})", list(&self.tolerate))?;
        }
        Ok(())
    }
}
