//! Which elements hold what: the data by which values are kept or replaced, and the words a placeholder goes by.

/// The form that a value must have to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A code, a media type, a version: no blank in it, at most 64 characters.
    Code,
    /// A date or an instant.
    Date,
    /// A URI; ids of people and values of a query in it are replaced.
    Uri,
    /// A reference; ids of people in it are replaced.
    Reference,
    /// The id of a resource; replaced where the resource is about a person.
    Id,
    /// A path such as `Appointment.participant[0]` or `/participant/0`.
    Path,
}

/// Elements whose values are kept where they have the form. Everything else is replaced.
pub(super) const KEPT: &[(&str, Form)] = &[
    ("resourceType", Form::Code),
    ("status", Form::Code),
    ("use", Form::Code),
    ("code", Form::Code),
    ("type", Form::Code),
    ("severity", Form::Code),
    ("required", Form::Code),
    ("versionId", Form::Code),
    ("op", Form::Code),
    ("kind", Form::Code),
    ("mode", Form::Code),
    ("method", Form::Code),
    ("relation", Form::Code),
    ("language", Form::Code),
    ("fhirVersion", Form::Code),
    ("format", Form::Code),
    ("patchFormat", Form::Code),
    ("contentType", Form::Code),
    ("versioning", Form::Code),
    ("valueCode", Form::Code),
    ("lastUpdated", Form::Date),
    ("start", Form::Date),
    ("end", Form::Date),
    ("created", Form::Date),
    ("timestamp", Form::Date),
    ("valueDateTime", Form::Date),
    ("valueInstant", Form::Date),
    ("system", Form::Uri),
    ("url", Form::Uri),
    ("fullUrl", Form::Uri),
    ("profile", Form::Uri),
    ("valueUri", Form::Uri),
    ("valueUrl", Form::Uri),
    ("valueCanonical", Form::Uri),
    ("reference", Form::Reference),
    ("id", Form::Id),
    ("path", Form::Path),
    ("from", Form::Path),
    ("expression", Form::Path),
    ("location", Form::Path),
];

/// Numbers of these elements are kept.
pub(super) const NUMBERS: &[&str] = &["minutesDuration", "priority", "total", "rank"];

/// The kind a placeholder names, by element or by the element it belongs to; `text` where none is given.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("name", "name"),
    ("family", "name"),
    ("given", "name"),
    ("prefix", "name"),
    ("suffix", "name"),
    ("display", "name"),
    ("telecom", "telecom"),
    ("address", "address"),
    ("line", "address"),
    ("city", "address"),
    ("district", "address"),
    ("state", "address"),
    ("postalCode", "address"),
    ("country", "address"),
    ("identifier", "identifier"),
    ("birthDate", "date"),
    ("deceasedDateTime", "date"),
    ("id", "id"),
    ("reference", "reference"),
    ("url", "uri"),
    ("comment", "comment"),
    ("patientInstruction", "instruction"),
    ("diagnostics", "diagnostics"),
    ("photo", "attachment"),
    ("data", "attachment"),
];

/// Resources that are about no person; ids of all others are replaced.
pub(super) const IMPERSONAL: &[&str] = &[
    "Appointment",
    "Slot",
    "Schedule",
    "HealthcareService",
    "Bundle",
    "OperationOutcome",
    "CapabilityStatement",
    "StructureDefinition",
    "SearchParameter",
    "OperationDefinition",
    "ValueSet",
    "CodeSystem",
];

/// Texts that the model looks for inside others (a video room; a reference to a patient); a placeholder says so.
pub(super) const MARKS: &[&str] = &["Virtual Meeting Room", "Patient/"];

/// Headers of responses that carry nothing about a person; the values of all others are replaced.
pub(super) const HEADERS: &[&str] = &[
    "accept-patch",
    "accept-ranges",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "opc-request-id",
    "pragma",
    "preference-applied",
    "retry-after",
    "server-response-time",
    "set-cookie",
    "status",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
    "x-runtime",
];
