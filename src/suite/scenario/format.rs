//! The scenario language: one vocabulary of steps for hand-written cases, the matrix, races and generated sequences.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::check::{Property, StepCheck};
use super::expect::Expect;
use super::fixture::Fixture;
use super::headers::{HeaderSchema, Headers};
use crate::suite::contract::{Edition, RequirementId};
use crate::words::fhir::AppointmentStatus;
use crate::words::yaml::Located;

/// A file of hand-written cases: ordered steps on one fixture each.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExchangeFile {
    /// Always `exchange`.
    #[schemars(with = "ExchangeKind")]
    pub kind: String,
    /// What the cases of this file have in common, in one sentence.
    pub title: String,
    pub cases: Vec<Located<ExchangeCase>>,
}

/// A file that makes one case of every cell of the transition table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatrixFile {
    /// Always `matrix`.
    #[schemars(with = "MatrixKind")]
    pub kind: String,
    pub title: String,
    /// The id of each case; `{from}` and `{to}` stand for the two statuses.
    pub id: Located<String>,
    /// The editions whose tables are expanded; all of them where the key is absent.
    pub editions: Option<Vec<Edition>>,
    /// What to send for a value, where `replace /status` alone is not the documented request.
    #[serde(default)]
    pub cells: Vec<Located<CellSetting>>,
}

/// What to send, and what else to check, in some cells of the matrix.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "MatrixCell")]
pub struct CellSetting {
    /// Only in these editions.
    pub editions: Option<Vec<Edition>>,
    /// Only from these statuses.
    pub from: Option<Vec<AppointmentStatus>>,
    /// Only to these statuses.
    pub to: Option<Vec<AppointmentStatus>>,
    /// The document to send instead; `$to` stands for the value of the cell.
    pub patch: Option<Patch>,
    /// Requirements verified besides the one that the table names.
    #[serde(default)]
    pub verifies: Vec<Located<RequirementId>>,
    /// Further checks of an accepted cell.
    #[serde(default)]
    pub checks: Vec<Located<StepCheck>>,
}

/// A file of checks that hold for every exchange of a kind, whatever case it belongs to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PropertyFile {
    /// Always `property`.
    #[schemars(with = "PropertyKind")]
    pub kind: String,
    pub title: String,
    pub properties: Vec<Located<Property>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for a constant in the JSON Schema")]
enum ExchangeKind {
    Exchange,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for a constant in the JSON Schema")]
enum MatrixKind {
    Matrix,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for a constant in the JSON Schema")]
enum PropertyKind {
    Property,
}

/// One case, or a family of cases that differ in one value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExchangeCase {
    /// Stable name, `area/short-name`. With `each`, `{name}` stands for the name of the member.
    pub id: Located<String>,
    /// One sentence that says what a conforming server does.
    pub title: String,
    /// The requirements that the answers are judged for. One that does not stand in an edition is left out there.
    pub verifies: Vec<Located<RequirementId>>,
    /// The editions the case belongs to; where absent, those in which any of `verifies` stands.
    pub editions: Option<Vec<Edition>>,
    /// The appointment the case needs.
    #[serde(default)]
    pub fixture: Fixture,
    /// The case whose success shows that a refusal here had no other cause. Where absent, it is the plain status change
    /// that leads on from the fixture's state.
    pub control: Option<Located<String>>,
    /// What the target must have or declare for the case to make sense.
    #[serde(default)]
    pub needs: Vec<Feature>,
    /// A family: name → value. `$each` in the steps stands for the value, one case a member.
    pub each: Option<Each>,
    pub steps: Vec<Located<ScenarioStep>>,
}

/// The members of a family, in the order written.
pub type Each = serde_json::Map<String, Value>;

/// One request and what is expected of its answer. Whatever is not said is as in the documented request: PATCH on the
/// fixture with Accept, Content-Type and the current version in If-Match.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Step")]
pub struct ScenarioStep {
    /// The patch document, any JSON, or one of the words `advance` (the status change the plan needs here) and `previous`
    /// (the last accepted document again). `$each`, `$slot`, `$slot-2`, `$id`, `$status` stand for values of the moment.
    #[serde(default)]
    pub patch: Option<Patch>,
    /// The body as bytes, where it is not to be a JSON document of the usual form.
    pub body: Option<Body>,
    /// Another request line than `PATCH /Appointment/$id`.
    pub request: Option<Request>,
    /// Headers that differ: a value, several values (one line each), or null to leave the header out.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, HeaderSchema>")]
    pub headers: Headers,
    #[serde(default)]
    pub if_match: IfMatch,
    /// Whose credentials the request carries.
    #[serde(default)]
    pub credentials: Credentials,
    /// Where the request goes.
    #[serde(default)]
    pub endpoint: Endpoint,
    pub expect: Expect,
    /// The state the appointment is in after success, where the document does not set `/status`.
    pub to: Option<Fixture>,
    /// Which of the case's requirements this answer's status is judged for; where absent, those whose expectation speaks
    /// of the outcome that is expected here.
    pub verifies: Option<Vec<Located<RequirementId>>>,
}

/// What a target must have or declare for a case to make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Requests need credentials.
    Authentication,
    /// The base URL is https.
    Https,
    /// The base URL carries a tenant segment.
    Tenant,
    /// A second, open and read-only base URL is declared.
    OpenEndpoint,
    /// A token of a user with write scope.
    UserToken,
    /// A token of a system with write scope.
    SystemToken,
    /// A token without write scope.
    ReadOnlyToken,
    /// A token of a patient.
    PatientToken,
    /// A token with the write scope alone.
    WriteOnlyToken,
    /// A cancellation reason code of the target's own code set is declared.
    ProprietaryReasonCode,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Feature; 10] = [
        Feature::Authentication,
        Feature::Https,
        Feature::Tenant,
        Feature::OpenEndpoint,
        Feature::UserToken,
        Feature::SystemToken,
        Feature::ReadOnlyToken,
        Feature::PatientToken,
        Feature::WriteOnlyToken,
        Feature::ProprietaryReasonCode,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Feature::Authentication => "authentication",
            Feature::Https => "https",
            Feature::Tenant => "tenant",
            Feature::OpenEndpoint => "open-endpoint",
            Feature::UserToken => "user-token",
            Feature::SystemToken => "system-token",
            Feature::ReadOnlyToken => "read-only-token",
            Feature::PatientToken => "patient-token",
            Feature::WriteOnlyToken => "write-only-token",
            Feature::ProprietaryReasonCode => "proprietary-reason-code",
        }
    }
}

/// Whose credentials a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// Those of the target.
    #[default]
    Own,
    /// None.
    Absent,
    /// A bearer token nobody issued.
    Invalid,
    User,
    System,
    ReadOnly,
    Patient,
    WriteOnly,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// The base URL.
    #[default]
    Base,
    /// The declared open base URL.
    Open,
    /// The base URL with the tenant replaced by a random one.
    RandomTenant,
    /// The base URL over plain http.
    PlainHttp,
}

/// A patch document.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Patch {
    /// The plain status change that the plan needs here.
    #[schemars(with = "AdvanceWord")]
    Advance,
    /// The last accepted document of this appointment, again.
    #[schemars(with = "PreviousWord")]
    Previous,
    /// Any JSON.
    Document(Value),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for a constant in the JSON Schema")]
enum AdvanceWord {
    Advance,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for a constant in the JSON Schema")]
enum PreviousWord {
    Previous,
}

impl<'de> Deserialize<'de> for Patch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(match value.as_str() {
            Some("advance") => Patch::Advance,
            Some("previous") => Patch::Previous,
            Some(_) | None => Patch::Document(value),
        })
    }
}

/// A body given as bytes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// This text, as UTF-8. `$each`, `$id` and `$to` are replaced.
    Text(String),
    /// These bytes.
    Base64(String),
    /// No body.
    Empty,
}

/// A request line.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// The method; PATCH where absent.
    pub method: Option<String>,
    /// The path below the base URL, `$id` for the fixture; `/Appointment/$id` where absent.
    pub path: Option<String>,
    /// The query without the question mark.
    pub query: Option<String>,
}

/// What If-Match carries.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IfMatch {
    /// The current version: the tag of the last PATCH, else of the last read, else W/"meta.versionId".
    #[default]
    Current,
    /// The ETag of the last PATCH answer, letter by letter; the plan puts such a step after a write.
    LastEtag,
    /// No If-Match.
    Absent,
    /// The version before the current one; the plan puts such a step after a write.
    Stale,
    /// A well-formed tag of a version that never existed.
    NeverExisted,
    /// `*`.
    Any,
    /// The current version without `W/`.
    Strong,
    /// Lines as they are; `$version` stands for the current version's opaque part, `$stale` for the one before.
    Raw(Vec<String>),
}
