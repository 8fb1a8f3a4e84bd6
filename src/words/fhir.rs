//! Words both sides of the wire share: status codes, entity tags, media types, appointment statuses, OperationOutcome.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Media type of a JSON Patch document (RFC 6902 section 6).
pub const JSON_PATCH: &str = "application/json-patch+json";
/// Media type of a FHIR resource in JSON (FHIR R4, Content Types and encodings).
pub const FHIR_JSON: &str = "application/fhir+json";
/// The media type of FHIR JSON before STU 3; tolerated on reads with a warning (APPT-HDR-05).
pub const LEGACY_FHIR_JSON: &str = "application/json+fhir";

/// An HTTP status code from 100 to 599 (RFC 9110 section 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct StatusCode(u16);

impl StatusCode {
    /// A code, or `None` outside 100..=599.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 100 && code <= 599 { Some(StatusCode(code)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// 2xx.
    pub const fn is_success(self) -> bool {
        self.0 / 100 == 2
    }

    /// 4xx.
    pub const fn is_client_error(self) -> bool {
        self.0 / 100 == 4
    }

    /// 5xx.
    pub const fn is_server_error(self) -> bool {
        self.0 / 100 == 5
    }
}

impl schemars::JsonSchema for StatusCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StatusCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": 100, "maximum": 599, "description": "An HTTP status code." })
    }
}

impl TryFrom<u16> for StatusCode {
    type Error = String;
    fn try_from(code: u16) -> Result<Self, String> {
        StatusCode::new(code).ok_or_else(|| format!("invalid status code {code}: expected 100 to 599"))
    }
}

impl From<StatusCode> for u16 {
    fn from(code: StatusCode) -> u16 {
        code.0
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// An entity tag as a server sends it (RFC 9110 section 8.8.3): weak or strong, with an opaque part compared for equality only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntityTag {
    weak: bool,
    opaque: String,
}

impl EntityTag {
    /// A weak tag around an opaque part such as a FHIR version id; `None` where the part has characters no tag may have.
    pub fn weak(opaque: &str) -> Option<Self> {
        opaque.bytes().all(is_etag_byte).then(|| EntityTag { weak: true, opaque: opaque.to_owned() })
    }

    /// The part between the quotes.
    pub fn opaque(&self) -> &str {
        &self.opaque
    }

    /// Whether the tag begins with `W/`.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// Weak comparison: the opaque parts are equal (RFC 9110 section 8.8.3.2; what FHIR asks of If-Match, reading C-03).
    pub fn matches(&self, other: &EntityTag) -> bool {
        self.opaque == other.opaque
    }
}

impl FromStr for EntityTag {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (weak, quoted) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let opaque = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match opaque {
            Some(opaque) if opaque.bytes().all(is_etag_byte) => Ok(EntityTag { weak, opaque: opaque.to_owned() }),
            Some(_) | None => Err(format!("invalid entity tag `{text}`: expected W/\"…\" or \"…\"")),
        }
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\"{}\"", if self.weak { "W/" } else { "" }, self.opaque)
    }
}

/// RFC 9110: `etagc = %x21 / %x23-7E / obs-text`.
fn is_etag_byte(byte: u8) -> bool {
    byte == 0x21 || (0x23..=0x7e).contains(&byte) || byte >= 0x80
}

/// An id of FHIR R4 that is also a segment of a path: neither `.` nor `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FhirId(String);

impl FhirId {
    /// What an id looks like, for messages.
    pub const FORM: &str = "1 to 64 letters, digits, `-` and `.`";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FhirId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        if (1..=64).contains(&text.len()) && letters && !matches!(text, "." | "..") {
            Ok(FhirId(text.to_owned()))
        } else {
            Err(format!("invalid FHIR id: expected {}", FhirId::FORM))
        }
    }
}

impl fmt::Display for FhirId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The ten codes of Appointment.status (FHIR R4 value set AppointmentStatus).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AppointmentStatus {
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
}

impl AppointmentStatus {
    /// All ten, in the order of the value set.
    pub const ALL: [AppointmentStatus; 10] = [
        AppointmentStatus::Proposed,
        AppointmentStatus::Pending,
        AppointmentStatus::Booked,
        AppointmentStatus::Arrived,
        AppointmentStatus::Fulfilled,
        AppointmentStatus::Cancelled,
        AppointmentStatus::Noshow,
        AppointmentStatus::EnteredInError,
        AppointmentStatus::CheckedIn,
        AppointmentStatus::Waitlist,
    ];

    /// The code as it stands in a resource.
    pub const fn code(self) -> &'static str {
        match self {
            AppointmentStatus::Proposed => "proposed",
            AppointmentStatus::Pending => "pending",
            AppointmentStatus::Booked => "booked",
            AppointmentStatus::Arrived => "arrived",
            AppointmentStatus::Fulfilled => "fulfilled",
            AppointmentStatus::Cancelled => "cancelled",
            AppointmentStatus::Noshow => "noshow",
            AppointmentStatus::EnteredInError => "entered-in-error",
            AppointmentStatus::CheckedIn => "checked-in",
            AppointmentStatus::Waitlist => "waitlist",
        }
    }
}

impl FromStr for AppointmentStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        AppointmentStatus::ALL.into_iter().find(|status| status.code() == text).ok_or_else(|| {
            let codes: Vec<_> = AppointmentStatus::ALL.iter().map(|status| status.code()).collect();
            format!("invalid appointment status `{text}`: expected {}", codes.join(", "))
        })
    }
}

impl fmt::Display for AppointmentStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// Severities of an OperationOutcome issue (FHIR R4 value set issue-severity).
pub const ISSUE_SEVERITIES: [&str; 4] = ["fatal", "error", "warning", "information"];

/// The 31 codes of an OperationOutcome issue in R4 (value set issue-type; `success` and `limited-filter` came with R5).
pub const ISSUE_CODES: [&str; 31] = [
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
];
