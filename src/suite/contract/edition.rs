//! The dated editions of the contract, and what each stands on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A dated edition of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Edition {
    /// The vendor's first page, 14 May 2019.
    #[serde(rename = "2019-05")]
    May2019,
    /// The vendor's newest page, 21 March 2024.
    #[serde(rename = "2024-03")]
    March2024,
    /// FHIR R4 4.0.1 and the RFCs under it.
    #[serde(rename = "fhir-r4")]
    FhirR4,
}

impl Edition {
    /// All editions, oldest vendor edition first.
    pub const ALL: [Edition; 3] = [Edition::May2019, Edition::March2024, Edition::FhirR4];

    /// The name used on the command line and in files.
    pub const fn id(self) -> &'static str {
        match self {
            Edition::May2019 => "2019-05",
            Edition::March2024 => "2024-03",
            Edition::FhirR4 => "fhir-r4",
        }
    }

    /// The edition this one inherits from (design section 4.6).
    pub const fn base(self) -> Option<Edition> {
        match self {
            Edition::May2019 | Edition::March2024 => Some(Edition::FhirR4),
            Edition::FhirR4 => None,
        }
    }

    /// Whether a vendor publishes it.
    pub const fn is_vendor(self) -> bool {
        self.base().is_some()
    }
}

impl FromStr for Edition {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Edition::ALL.into_iter().find(|edition| edition.id() == text).ok_or_else(|| {
            let ids: Vec<_> = Edition::ALL.iter().map(|edition| edition.id()).collect();
            format!("invalid edition `{text}`: expected {}", ids.join(", "))
        })
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}
