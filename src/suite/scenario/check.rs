//! What can be checked about an answer and about the appointment before and after it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::suite::contract::{Breach, CodePattern, Edition, RequirementId};
use crate::words::yaml::Located;

/// A check of one step.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepCheck {
    pub check: Check,
    /// The requirements it is judged for; where absent, the first of the case's.
    #[serde(default)]
    pub verifies: Vec<RequirementId>,
    /// The verdict of a breach, where it is not what the requirement's level says.
    pub breach: Option<Breach>,
    /// Only in these editions.
    pub editions: Option<Vec<Edition>>,
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// A response header.
    Header(HeaderCheck),
    /// One date header is not later than another, in whole seconds, with so many seconds of slack.
    NotLater { earlier: String, later: String, slack: u32 },
    /// The OperationOutcome of an answer.
    Outcome(OutcomeCheck),
    /// The body of the answer.
    Body(BodyForm),
    /// How the JSON in the body is written, where there is JSON in it.
    Json(JsonForm),
    /// Members of the appointment read back: JSON pointer → value. `$each`, `$to`, `$slot`, `$id` are replaced.
    After(std::collections::BTreeMap<String, Value>),
    /// Members that the appointment read back does not have (JSON pointers).
    AfterAbsent(Vec<String>),
    /// Anywhere in the appointment read back there is an object that has these members (a subset match).
    AfterContains(Value),
    /// Nowhere in the appointment read back is there an object that has these members.
    AfterLacks(Value),
    /// Only members under these pointers differ between the reads before and after.
    OnlyChanged(Vec<String>),
    /// What the document does not name, and what does not follow from what it names, is the same before and after.
    OnlyNamed(OnlyNamed),
    /// The places that the document names hold in the next read what RFC 6902 makes of them.
    HasEffect,
    /// What is read at the URL of an appointment, and what the response to its PATCH names, has the id of the URL.
    IdOfUrl,
    /// `meta.lastUpdated` moves when the version does, and only then.
    LastUpdatedMoves,
    /// `meta.lastUpdated` of a version is not before that of an earlier one.
    LastUpdatedForwards,
    /// Each of these members (JSON pointers) differs between the reads before and after.
    Changed(Vec<String>),
    /// The appointment's content is the same before and after (whatever the version does).
    SameContent,
    /// The version moved.
    NewVersion,
    /// The PATCH answer's tag is the version that the next read shows.
    TagIsNextRead,
    /// The tag sent in If-Match was taken from here, and the request was accepted.
    TagAccepted(TagSource),
    /// Requests of this kind get a response, and none of any kind ends the server (reading C-37).
    GetsResponse(Requests),
    /// No request that has to be accepted fails for a reason of the server's: 500, 501 or no response (reading C-45).
    NoServerFailure,
    /// A read after an accepted PATCH shows it; one that shows an older version settles within two seconds.
    ReadsAreFresh,
    /// No two successful writes to one appointment were answered with the same tag.
    TagsUnique,
    /// A rule about the appointment as it was read.
    Resource(ResourceRule),
    /// A rule about the appointment that is read after the request, whatever became of that.
    Served(ResourceRule),
    /// Last-Modified of the answer is meta.lastUpdated of the next read, with one second of slack.
    LastModifiedIsLastUpdated,
    /// A request header's value comes back in the answer, or the answer has a correlation id.
    EchoesRequestId,
    /// The narrative names no other status than the one held.
    NarrativeNamesStatus,
    /// The CapabilityStatement lists the interaction `patch` for Appointment.
    DeclaresPatch,
    /// The CapabilityStatement lists the patch format.
    DeclaresPatchFormat,
    /// The request is accepted and has its effect, where the CapabilityStatement declares that it can be sent.
    WorksAsDeclared,
    /// A member of the answer's body equals a value (JSON pointer → value).
    BodyHas(std::collections::BTreeMap<String, Value>),
    /// The status is one of these.
    Status { any_of: Vec<CodePattern> },
    /// The refused request had no effect: content, version and lastUpdated as before.
    Unchanged,
    /// The control with the tag from before the refusals was accepted.
    ControlAccepted,
    /// Another appointment, which no step addresses and `$bystander` names, is as it was before the first step.
    BystanderUnchanged,
    /// After every PATCH that ended in a server error, or without a response, the appointment is as it was or as the whole
    /// document makes it.
    EntirelyOldOrNew,
}

/// What may change beside the members that a document names.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OnlyNamed {
    /// Members (JSON pointers) that the server writes itself.
    pub besides: Vec<String>,
    /// Members that follow from a named one: JSON pointer of that one → JSON pointers.
    #[serde(default)]
    pub follows: std::collections::BTreeMap<String, Vec<String>>,
}

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requests {
    /// A PATCH whose body is a JSON Patch document.
    PatchDocuments,
    /// Any other PATCH.
    OtherPatches,
}

/// Where the tag in If-Match came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TagSource {
    /// The ETag of the PATCH before.
    PreviousPatch,
    /// The ETag of a read.
    Read,
    /// `W/"meta.versionId"` of a read.
    VersionId,
    /// Any of these, where the server gave a weak tag.
    Weak,
}

/// What a header must be.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeaderCheck {
    /// Lower-case name.
    pub name: String,
    /// Present (the default) or absent.
    #[serde(default = "yes")]
    pub present: bool,
    /// One of the comma-separated members of the value equals this, without regard to case.
    pub contains: Option<String>,
    /// The form of the value; an absent header does not break the form unless it must be present.
    pub form: Option<HeaderForm>,
    /// Whether an absent header passes: then only the form of a present one is checked.
    #[serde(default)]
    pub optional: bool,
}

fn yes() -> bool {
    true
}

/// A form of header value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderForm {
    /// A weak entity tag around an id of at most 64 letters, digits, `-` and `.`.
    WeakVersionTag,
    /// An entity tag, weak or strong, around such an id.
    VersionTag,
    /// An entity tag, weak or strong.
    EntityTag,
    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
    ImfFixdate,
    /// Something.
    NonEmpty,
    /// application/fhir+json, with parameters or without.
    FhirJson,
    /// Not a directive that allows a cache to keep it.
    NotCacheable,
}

/// What an OperationOutcome must be.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OutcomeCheck {
    /// There is one at all. Where false, the other checks hold only if one is there.
    #[serde(default)]
    pub present: bool,
    /// It is well-formed R4: type, at least one issue, severities and codes of R4.
    #[serde(default)]
    pub well_formed: bool,
    /// At least one issue is `error` or `fatal`.
    #[serde(default)]
    pub has_error: bool,
    /// At least one issue has one of these codes.
    #[serde(default)]
    pub code: Vec<String>,
    /// Its media type is FHIR JSON.
    #[serde(default)]
    pub fhir_media_type: bool,
}

/// What the body of an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyForm {
    Empty,
    /// Empty, or an Appointment.
    EmptyOrAppointment,
    /// An Appointment: the one patched, in the version the tag names, with the status read back.
    ChangedAppointment,
    /// As `changed-appointment`, but only if the body is a FHIR resource at all.
    ChangedAppointmentIfAny,
    OperationOutcome,
    /// If there is a FHIR resource in the body, its media type is FHIR JSON.
    FhirJsonIfResource,
    /// If there is a FHIR resource other than an OperationOutcome in the body, its media type is that of FHIR in the format
    /// that was asked for.
    FhirLabelIfResource,
}

/// How JSON is written (RFC 8259).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JsonForm {
    /// No byte order mark stands before it.
    NoByteOrderMark,
    /// No object has two members of one name.
    UniqueNames,
}

/// A rule of the base specification about an Appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceRule {
    /// status is one of the ten codes.
    StatusInValueSet,
    /// Each participant.status is one of the four codes.
    ParticipantStatusInValueSet,
    /// app-1: a participant has a type or an actor.
    ParticipantHasTypeOrActor,
    /// app-2: start and end, both or neither.
    StartAndEndTogether,
    /// app-3: start and end may be missing only when proposed, cancelled or waitlist.
    StartUnlessOpen,
    /// app-4: cancelationReason only when cancelled or noshow.
    ReasonOnlyWhenCancelled,
    /// The read gives a version: ETag or meta.versionId.
    HasVersion,
    /// The members are those of R4, each in its type and form and as often as it may be; codes are of their sets.
    Structure,
    /// per-1: no period ends before it starts.
    PeriodsRunForwards,
}

impl ResourceRule {
    /// All of them.
    pub const ALL: [ResourceRule; 9] = [
        ResourceRule::StatusInValueSet,
        ResourceRule::ParticipantStatusInValueSet,
        ResourceRule::ParticipantHasTypeOrActor,
        ResourceRule::StartAndEndTogether,
        ResourceRule::StartUnlessOpen,
        ResourceRule::ReasonOnlyWhenCancelled,
        ResourceRule::HasVersion,
        ResourceRule::Structure,
        ResourceRule::PeriodsRunForwards,
    ];
}

/// A check that holds for every exchange of a kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Property {
    /// Stable name, `every/short-name`.
    pub id: Located<String>,
    /// One sentence that says what a conforming server does.
    pub title: String,
    /// The requirements it is judged for.
    pub verifies: Vec<Located<RequirementId>>,
    /// Only in these editions.
    pub editions: Option<Vec<Edition>>,
    /// The exchanges it looks at.
    pub on: On,
    /// Only those of them for which this holds.
    #[serde(default)]
    pub when: When,
    pub check: Check,
    /// The verdict of a breach, where it is not what the requirement's level says.
    pub breach: Option<Breach>,
}

/// The exchanges a property looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// Every answer to a PATCH of `/Appointment/{id}`.
    Answer,
    /// Every response to the method PATCH, whatever its URL names.
    AnyUrl,
    /// Every success of a PATCH.
    Success,
    /// Every answer 4xx to a PATCH.
    Refusal,
    /// Every answer to a PATCH that asks for a refusal, whatever the status.
    Mistake,
    /// Every 200 to a GET of an appointment.
    Read,
    /// Every appointment that is served once a PATCH was sent to it: in a 200 to a GET, or in a success.
    Served,
    /// Every response to any request.
    Response,
    /// Every request, whether or not a response came.
    Request,
    /// Every batch of refusals that was closed by its control.
    Batch,
    /// The life of each appointment.
    Lane,
}

/// Narrows the exchanges a property looks at.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct When {
    /// Only answers with one of these statuses.
    #[serde(default)]
    pub status: Vec<CodePattern>,
    /// Only requests without this header.
    pub without_header: Option<String>,
    /// Only requests with this header.
    pub with_header: Option<String>,
    /// Only where the status sent is one of these.
    #[serde(default)]
    pub to: Vec<crate::words::fhir::AppointmentStatus>,
    /// Not where the status sent is one of these, nor where the status did not change.
    #[serde(default)]
    pub not_to: Vec<crate::words::fhir::AppointmentStatus>,
}
