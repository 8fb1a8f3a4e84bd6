//! The scenario language: one vocabulary of steps for hand-written cases, the matrix, races and generated sequences.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::check::{Property, StepCheck};
use crate::suite::contract::{Edition, Expectation, RequirementId};
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
    pub cells: Vec<Located<MatrixCell>>,
}

/// What to send, and what else to check, in some cells of the matrix.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatrixCell {
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
    pub steps: Vec<Located<Step>>,
}

/// The members of a family, in the order written.
pub type Each = serde_json::Map<String, Value>;

/// The appointment a case needs. Statuses are those of FHIR; the others are special fixtures only some targets have.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, serde::Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Fixture {
    /// Any status from which a documented transition leads on.
    #[default]
    Any,
    /// No appointment at all.
    None,
    /// A well-formed id that names no appointment.
    Unknown,
    Proposed,
    Pending,
    Booked,
    Arrived,
    Fulfilled,
    Cancelled,
    Noshow,
    EnteredInError,
    CheckedIn,
    Waitlist,
    /// Proposed, and it already has a reasonCode.
    ProposedWithReason,
    /// Booked, and the Patient participant is tentative.
    Tentative,
    /// A video visit without links.
    VideoUnlinked,
    /// A video visit with links.
    VideoLinked,
    /// Held as being modified by someone else.
    Locked,
    /// An update fails because of something it depends on.
    FailingDependency,
    /// Was deleted.
    Deleted,
    /// Says that it cannot be cancelled.
    NotCancelable,
}

impl Fixture {
    /// The fixture that is an appointment in this status.
    pub const fn of(status: AppointmentStatus) -> Fixture {
        match status {
            AppointmentStatus::Proposed => Fixture::Proposed,
            AppointmentStatus::Pending => Fixture::Pending,
            AppointmentStatus::Booked => Fixture::Booked,
            AppointmentStatus::Arrived => Fixture::Arrived,
            AppointmentStatus::Fulfilled => Fixture::Fulfilled,
            AppointmentStatus::Cancelled => Fixture::Cancelled,
            AppointmentStatus::Noshow => Fixture::Noshow,
            AppointmentStatus::EnteredInError => Fixture::EnteredInError,
            AppointmentStatus::CheckedIn => Fixture::CheckedIn,
            AppointmentStatus::Waitlist => Fixture::Waitlist,
        }
    }

    /// The status, where the fixture is nothing but a status.
    pub const fn status(self) -> Option<AppointmentStatus> {
        match self {
            Fixture::Proposed => Some(AppointmentStatus::Proposed),
            Fixture::Pending => Some(AppointmentStatus::Pending),
            Fixture::Booked => Some(AppointmentStatus::Booked),
            Fixture::Arrived => Some(AppointmentStatus::Arrived),
            Fixture::Fulfilled => Some(AppointmentStatus::Fulfilled),
            Fixture::Cancelled => Some(AppointmentStatus::Cancelled),
            Fixture::Noshow => Some(AppointmentStatus::Noshow),
            Fixture::EnteredInError => Some(AppointmentStatus::EnteredInError),
            Fixture::CheckedIn => Some(AppointmentStatus::CheckedIn),
            Fixture::Waitlist => Some(AppointmentStatus::Waitlist),
            Fixture::Any
            | Fixture::None
            | Fixture::Unknown
            | Fixture::ProposedWithReason
            | Fixture::Tentative
            | Fixture::VideoUnlinked
            | Fixture::VideoLinked
            | Fixture::Locked
            | Fixture::FailingDependency
            | Fixture::Deleted
            | Fixture::NotCancelable => None,
        }
    }

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Fixture::Any => "any",
            Fixture::None => "none",
            Fixture::Unknown => "unknown",
            Fixture::Proposed => "proposed",
            Fixture::Pending => "pending",
            Fixture::Booked => "booked",
            Fixture::Arrived => "arrived",
            Fixture::Fulfilled => "fulfilled",
            Fixture::Cancelled => "cancelled",
            Fixture::Noshow => "noshow",
            Fixture::EnteredInError => "entered-in-error",
            Fixture::CheckedIn => "checked-in",
            Fixture::Waitlist => "waitlist",
            Fixture::ProposedWithReason => "proposed-with-reason",
            Fixture::Tentative => "tentative",
            Fixture::VideoUnlinked => "video-unlinked",
            Fixture::VideoLinked => "video-linked",
            Fixture::Locked => "locked",
            Fixture::FailingDependency => "failing-dependency",
            Fixture::Deleted => "deleted",
            Fixture::NotCancelable => "not-cancelable",
        }
    }
}

impl fmt::Display for Fixture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One request and what is expected of its answer. Whatever is not said is as in the documented request: PATCH on the
/// fixture with Accept, Content-Type and the current version in If-Match.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
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

/// Header lines that differ from the documented ones, in the order written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Headers(pub Vec<(String, HeaderValues)>);

/// What one header is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValues {
    /// The header is left out.
    Absent,
    /// One line a value.
    Lines(Vec<String>),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for header values in the JSON Schema")]
enum HeaderSchema {
    One(String),
    Several(Vec<String>),
    Absent(()),
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let map = serde_json::Map::<String, Value>::deserialize(deserializer)?;
        let mut headers = Vec::new();
        for (name, value) in map {
            let wrong = || {
                D::Error::custom(format!("header `{name}` has no text; accepted: a string, a list of strings, null"))
            };
            let values = match value {
                Value::Null => HeaderValues::Absent,
                Value::String(text) => HeaderValues::Lines(vec![text]),
                Value::Array(items) => HeaderValues::Lines(
                    items
                        .into_iter()
                        .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                        .collect::<Result<_, _>>()?,
                ),
                Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(wrong()),
            };
            headers.push((name, values));
        }
        Ok(Headers(headers))
    }
}

/// What If-Match carries.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
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
    /// Documents leave it open; what came is recorded and judged by the requirement's sets.
    Either,
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
                formatter.write_str("accepted, refused, either, or a mapping with the key `outcome`")
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
