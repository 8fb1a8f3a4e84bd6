//! The target file as it is written: one YAML document that says where a server is and what may be used there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::credentials::{CredentialsFile, Identity};
use super::profile::{Redact, TargetAbout, Writes};
use super::without::Without;
use crate::suite::contract::Edition;
use crate::suite::scenario::Fixture;
use crate::words::schema::{document, generator};
use crate::words::yaml::Located;

/// A target file as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Target")]
pub(super) struct ProfileFile {
    /// Where the server is: http://host/path or https://host/path, without a query, a fragment or credentials.
    pub base_url: Located<String>,
    /// The edition of the contract to hold it against; --edition takes its place.
    pub edition: Option<Edition>,
    /// Whether a host that is not this machine may be written to.
    #[serde(default)]
    pub writes: Writes,
    /// Headers for every request, by name; none of them reaches the plain port of an https target. `${NAME}` stands for the value of an environment variable.
    #[serde(default)]
    pub headers: BTreeMap<String, Located<String>>,
    /// Ids of appointments, by the state they are in.
    #[serde(default)]
    pub fixtures: BTreeMap<Fixture, Vec<Located<String>>>,
    /// Ids of free slots; found by search where there are none.
    #[serde(default)]
    pub slots: Vec<Located<String>>,
    /// Whether appointments may be created with POST; without it, yes where none are listed.
    pub create: Option<bool>,
    /// Fixtures, tokens and endpoints the target cannot have, with the reason for each; `json-patch` where it takes no JSON
    /// Patch at all.
    #[serde(default)]
    pub without: Without,
    /// What is removed from the evidence besides secrets; without it, phi where the host is not this machine.
    pub redact: Option<Redact>,
    /// What a run against this target may use up; options and variables of the environment take its place.
    #[serde(default)]
    pub limits: LimitsFile,
    /// Where the token of each kind of caller comes from; `run` is the run itself.
    #[serde(default)]
    pub credentials: BTreeMap<Identity, Located<CredentialsFile>>,
    /// What the target has besides appointments.
    #[serde(default)]
    pub provides: ProvidesFile,
    /// Parameters of the search for free slots, such as service-type; the search asks for those from now on where `start`
    /// is not among them.
    #[serde(default)]
    pub slot_search: BTreeMap<String, Located<String>>,
    /// Certificates beside those of the machine.
    #[serde(default)]
    pub tls: TlsFile,
    /// What the target is; it stands in the record.
    pub about: Option<TargetAbout>,
}

/// Limits as they are written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Limits")]
pub(super) struct LimitsFile {
    /// Step lists of each generated sequence, up to 1000000; 0 leaves generated sequences out.
    pub cases: Option<Located<u32>>,
    /// Appointments to work on concurrently, 1 to 256.
    pub jobs: Option<Located<u16>>,
    /// Seconds to wait for a response.
    pub timeout: Option<Located<f64>>,
    /// Seconds that the run may last.
    pub deadline: Option<Located<f64>>,
    /// Requests that the run may send.
    pub max_requests: Option<u64>,
    /// Requests per second at most, such as 20/s or 90/min; a target that throttles lowers it for a time.
    pub rate: Option<Located<String>>,
    /// Requests under way at the same time, 1 to 256; a race with more clients is not run.
    pub in_flight: Option<Located<u16>>,
}

/// What a target has, as it is written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Provides")]
pub(super) struct ProvidesFile {
    /// The tenant, which is the last segment of the base URL.
    pub tenant: Option<Located<String>>,
    /// The base URL of an endpoint that needs no credentials and takes no writes.
    pub open_endpoint: Option<Located<String>>,
}

/// Files of certificates, as they are written; paths go from the folder of the target file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Tls")]
pub(super) struct TlsFile {
    /// Certificate authorities in PEM to trust besides those of the machine.
    pub ca: Option<Located<PathBuf>>,
    /// The certificate of this client in PEM, with those it is signed by.
    pub certificate: Option<Located<PathBuf>>,
    /// Its private key in PEM.
    pub key: Option<Located<PathBuf>>,
}

/// A file of several targets; `--target FILE#NAME` chooses one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for the form in the JSON Schema; each target is read by itself")]
struct TargetsFile {
    /// The targets by name.
    targets: BTreeMap<String, ProfileFile>,
}

/// The JSON Schema of target files, as pretty JSON text that ends with a line feed.
pub fn schema() -> String {
    let mut generator = generator();
    let one = generator.subschema_for::<ProfileFile>().to_value();
    let several = generator.subschema_for::<TargetsFile>().to_value();
    document("patchproof target file", serde_json::json!({ "anyOf": [one, several] }), generator)
}
