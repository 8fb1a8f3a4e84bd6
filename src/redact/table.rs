//! Which elements hold what: the data by which values are kept or replaced, and the words a placeholder goes by.

/// The form that a value must have to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A code or a media type: a word that is known, or the code of a system.
    Code,
    /// A version: no blank in it.
    Version,
    /// A date or an instant of what is about no person.
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
    ("versionId", Form::Version),
    ("op", Form::Code),
    ("kind", Form::Code),
    ("mode", Form::Code),
    ("method", Form::Code),
    ("relation", Form::Code),
    ("language", Form::Code),
    ("fhirVersion", Form::Version),
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
    ("system", Form::Uri),
    ("url", Form::Uri),
    ("fullUrl", Form::Reference),
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

/// Elements that hold Base64.
pub(super) const BINARY: &[&str] = &["data", "hash", "valueBase64Binary"];

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

/// The form that the value of a header must have to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptForm {
    /// Words that are known, with marks between them.
    Words,
    /// A date or an instant.
    Date,
    /// An entity tag: no blank in it.
    Tag,
    /// Numbers, with marks between them.
    Number,
    /// A URL; ids of people and values of a query in it are replaced.
    Url,
}

/// Headers of responses whose values are kept where they have the form; the values of all others are replaced.
const HEADERS: &[(&str, KeptForm)] = &[
    ("accept-patch", KeptForm::Words),
    ("accept-ranges", KeptForm::Words),
    ("access-control-allow-methods", KeptForm::Words),
    ("access-control-allow-origin", KeptForm::Url),
    ("access-control-expose-headers", KeptForm::Words),
    ("age", KeptForm::Number),
    ("allow", KeptForm::Words),
    ("cache-control", KeptForm::Words),
    ("connection", KeptForm::Words),
    ("content-encoding", KeptForm::Words),
    ("content-language", KeptForm::Words),
    ("content-length", KeptForm::Number),
    ("content-location", KeptForm::Url),
    ("content-type", KeptForm::Words),
    ("date", KeptForm::Date),
    ("etag", KeptForm::Tag),
    ("expires", KeptForm::Date),
    ("keep-alive", KeptForm::Words),
    ("last-modified", KeptForm::Date),
    ("location", KeptForm::Url),
    ("opc-request-id", KeptForm::Tag),
    ("pragma", KeptForm::Words),
    ("preference-applied", KeptForm::Words),
    ("retry-after", KeptForm::Date),
    ("server-response-time", KeptForm::Number),
    ("status", KeptForm::Words),
    ("strict-transport-security", KeptForm::Words),
    ("transfer-encoding", KeptForm::Words),
    ("vary", KeptForm::Words),
    ("www-authenticate", KeptForm::Words),
    ("x-content-type-options", KeptForm::Words),
    ("x-frame-options", KeptForm::Words),
    ("x-runtime", KeptForm::Number),
];

/// The form of a header of which values may be kept.
pub(super) fn header(name: &str) -> Option<KeptForm> {
    HEADERS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form)
}

/// Whether the name of a header is known.
pub(super) fn is_header(name: &str) -> bool {
    header(name).is_some() || OTHER_HEADERS.contains(&name)
}

/// Headers of which nothing but the name is kept.
const OTHER_HEADERS: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "cookie",
    "forwarded",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-exist",
    "if-none-match",
    "if-unmodified-since",
    "origin",
    "prefer",
    "range",
    "referer",
    "te",
    "user-agent",
    "x-api-key",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-requested-with",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-max-age",
    "alt-svc",
    "authentication-info",
    "cf-cache-status",
    "cf-ray",
    "content-disposition",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "link",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "proxy-authenticate",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "referrer-policy",
    "report-to",
    "retry-after-ms",
    "server",
    "server-timing",
    "set-cookie",
    "trailer",
    "upgrade",
    "via",
    "warning",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-cache",
    "x-correlation-id",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-ms-retry-after-ms",
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-xss-protection",
];
