//! A server under test: where it is, what may be used there, and what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::credentials::{Identity, TokenSource};
use super::rate::RequestRate;
use crate::plan::Supply;
use crate::suite::contract::Edition;
use crate::suite::scenario::{Feature, Fixture};

/// A server under test.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Without a slash at the end.
    pub base_url: String,
    /// The edition the target file names.
    pub edition: Option<Edition>,
    pub writes: Writes,
    /// Header lines for every request, as (name, value). The values of credentials never reach the record.
    pub headers: Vec<(String, String)>,
    /// What the environment put into them: none of it reaches the record.
    pub from_environment: Vec<String>,
    /// Listed appointments by state.
    pub fixtures: BTreeMap<Fixture, Vec<String>>,
    /// Ids of free slots; found by search where empty.
    pub slots: Vec<String>,
    /// Whether appointments may be made with POST.
    pub create: bool,
    /// Fixtures the target declares it cannot have, with its words.
    pub without: BTreeMap<Fixture, String>,
    /// The target declares that it takes no JSON Patch, with its words; then FHIR R4 asks nothing of its PATCH.
    pub without_json_patch: Option<String>,
    /// What is taken out of the evidence, where it is said; see [`Profile::redaction`].
    pub redact: Option<Redact>,
    pub limits: TargetLimits,
    /// How each identity gets its token.
    pub credentials: BTreeMap<Identity, TokenSource>,
    /// The kinds that the credentials of the run itself are of.
    pub same_as_run: Vec<Identity>,
    /// The last segment of the base URL is a tenant.
    pub tenant: bool,
    /// The base URL of the open, read-only endpoint.
    pub open_endpoint: Option<String>,
    /// What a target declares that it cannot have besides fixtures, with its words.
    pub without_features: BTreeMap<Feature, String>,
    /// Parameters of the search for free slots, as (name, value).
    pub slot_search: Vec<(String, String)>,
    pub tls: TlsFiles,
    pub about: Option<TargetAbout>,
}

/// What a run against a target may use up, where the target file says it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TargetLimits {
    /// Step lists of each generated sequence; 0 leaves them out.
    pub cases: Option<u32>,
    /// Appointments to work on concurrently.
    pub jobs: Option<u16>,
    /// To wait for a response.
    pub timeout: Option<Duration>,
    /// Of the whole run.
    pub deadline: Option<Duration>,
    pub max_requests: Option<u64>,
    /// Requests per second.
    pub rate: Option<RequestRate>,
    /// Requests under way at the same time.
    pub in_flight: Option<u16>,
}

/// Files in PEM for TLS; their paths are those that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsFiles {
    /// Certificate authorities to trust besides those of the machine.
    pub ca: Option<PathBuf>,
    /// The certificate of the client and its private key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// What the target is, in the words of whoever tests it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetAbout {
    /// Who makes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vendor: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// Who tests it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tester: Option<String>,
}

/// What is taken out of the evidence before it is judged and recorded. Secrets always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Redact {
    /// Nothing more.
    None,
    /// Protected health information: names, narratives, addresses, identifiers, free text, references to people.
    Phi,
}

impl std::str::FromStr for Redact {
    type Err = String;
    fn from_str(text: &str) -> Result<Redact, String> {
        match text {
            "none" => Ok(Redact::None),
            "phi" => Ok(Redact::Phi),
            _ => Err("expected none or phi".to_owned()),
        }
    }
}

/// Whether a host that is not this machine may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Writes {
    /// Only where the host is this machine.
    #[default]
    Refuse,
    /// It is a sandbox.
    Allow,
}

impl Profile {
    /// A target of which only the URL is known: no authentication, appointments are made with POST.
    pub fn of_url(base_url: String) -> Profile {
        Profile {
            base_url: base_url.trim_end_matches('/').to_owned(),
            edition: None,
            writes: Writes::Refuse,
            headers: Vec::new(),
            from_environment: Vec::new(),
            fixtures: BTreeMap::new(),
            slots: Vec::new(),
            create: true,
            without: BTreeMap::new(),
            without_json_patch: None,
            redact: None,
            limits: TargetLimits::default(),
            credentials: BTreeMap::new(),
            same_as_run: Vec::new(),
            tenant: false,
            open_endpoint: None,
            without_features: BTreeMap::new(),
            slot_search: Vec::new(),
            tls: TlsFiles::default(),
            about: None,
        }
    }

    /// What is taken out of the evidence: as said, else protected information wherever the target is another machine.
    pub fn redaction(&self) -> Redact {
        self.redact.unwrap_or(if self.is_loopback() { Redact::None } else { Redact::Phi })
    }

    /// The host of the base URL, without the port.
    pub fn host(&self) -> &str {
        super::address::host(&self.base_url)
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        super::address::is_loopback(&self.base_url)
    }

    /// Whether requests carry credentials.
    pub fn authenticates(&self) -> bool {
        self.has_header_line() || self.credentials.contains_key(&Identity::Run)
    }

    /// Whether an Authorization header is configured; it takes the place of the credentials of the run.
    fn has_header_line(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
    }

    /// The header lines of every request. What stands for a token is replaced by it when a request is sent.
    pub fn lines(&self) -> Vec<(String, String)> {
        let has = self.credentials.contains_key(&Identity::Run) && !self.has_header_line();
        let line = has.then(|| ("authorization".to_owned(), Identity::Run.placeholder().to_owned()));
        self.headers.iter().cloned().chain(line).collect()
    }

    /// Whether there is a token of a kind.
    pub fn has_token(&self, identity: Identity) -> bool {
        match identity {
            Identity::Run => self.authenticates(),
            Identity::User | Identity::System | Identity::Patient | Identity::ReadOnly | Identity::WriteOnly => {
                self.credentials.contains_key(&identity)
                    || (self.authenticates() && self.same_as_run.contains(&identity))
            }
        }
    }

    /// What the target can supply to a run of an edition.
    pub fn supply(&self, edition: Edition) -> Supply {
        let mut creatable = BTreeSet::new();
        if self.create {
            creatable.insert(Fixture::Booked);
            if edition == Edition::March2024 {
                creatable.insert(Fixture::Proposed);
            }
            // The vendor's pages have no delete of appointments.
            if edition == Edition::FhirR4 {
                creatable.insert(Fixture::Deleted);
            }
        }
        let (features, lacks) = self.features();
        Supply {
            provided: self.fixtures.iter().map(|(state, ids)| (*state, ids.len())).collect(),
            creatable,
            slots: (!self.slots.is_empty()).then_some(self.slots.len()),
            features,
            lacks,
            without: self.without.clone(),
            without_features: self.without_features.clone(),
            without_json_patch: self.without_json_patch.clone(),
        }
    }

    /// What the target has, and what it declares that it has not, in its words or in ours.
    fn features(&self) -> (BTreeSet<Feature>, BTreeMap<Feature, String>) {
        const TOKENS: [Identity; 5] =
            [Identity::User, Identity::System, Identity::ReadOnly, Identity::Patient, Identity::WriteOnly];
        let authenticates = self.authenticates();
        let tokens = TOKENS.map(|identity| {
            let why = "the target declares no authentication, so no kind of token matters";
            (identity.feature(), self.has_token(identity), (!authenticates).then_some(why))
        });
        let declared = [
            (
                Feature::Authentication,
                authenticates,
                Some(
                    "the target declares no authentication (no credentials and no Authorization header are configured)",
                ),
            ),
            (Feature::Https, self.base_url.starts_with("https://"), Some("the base URL is not https")),
            (
                Feature::OpenEndpoint,
                self.open_endpoint.is_some(),
                (!authenticates).then_some("the target declares no separate open endpoint"),
            ),
            (
                Feature::Tenant,
                self.tenant,
                (!authenticates).then_some("the target declares no tenant segment in its base URL"),
            ),
        ];
        let (mut features, mut lacks) = (BTreeSet::new(), BTreeMap::new());
        for (feature, has, why) in tokens.into_iter().chain(declared) {
            match (has, why) {
                (true, _) => _ = features.insert(feature),
                (false, Some(why)) => _ = lacks.insert(feature, why.to_owned()),
                (false, None) => {}
            }
        }
        let more = self.without_features.iter().filter(|(feature, _)| !features.contains(feature));
        lacks.extend(more.map(|(feature, why)| (*feature, why.clone())));
        (features, lacks)
    }
}
