//! Answers: what is refused and why, what a success carries, and the headers every answer has.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;
use uuid::Uuid;

use super::Rules;
use super::fault::Fault;
use super::negotiate::Return;
use super::store::Record;
use super::variant::Variant;
use super::{dress, outcome, wire};
use crate::suite::contract::Edition;
use crate::words::fhir::{FHIR_JSON, LEGACY_FHIR_JSON};

/// A request that is not carried out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    issue: Issue,
    message: String,
    headers: Vec<(&'static str, String)>,
    has_body: bool,
    /// A document gives the code for this very case.
    stated: bool,
}

/// The issue types this server uses, following the suggestions of ERR-21.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issue {
    Structure,
    Required,
    Value,
    Invariant,
    NotSupported,
    NotFound,
    Deleted,
    TooLong,
    CodeInvalid,
    TooCostly,
    BusinessRule,
    Conflict,
    Transient,
    LockError,
    Informational,
    Login,
}

/// What is sent back, before the headers that every answer has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Option<Content>,
}

/// A body before it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Json(Value),
    /// What is sent as it is.
    Text(String),
}

impl Refusal {
    /// A refusal with a sentence about what was wrong.
    pub(super) fn new(status: u16, issue: Issue, message: String) -> Refusal {
        Refusal { status, issue, message, headers: Vec::new(), has_body: true, stated: false }
    }

    /// A rule of the scheduling business is broken: 422 unless the contract says otherwise (ERR-07, reading C-25).
    pub(super) fn business_rule(message: String) -> Refusal {
        Refusal::new(422, Issue::BusinessRule, message)
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Refusal {
        self.headers.push((name, value.into()));
        self
    }

    /// Says that a document gives the code for this very case.
    pub(super) fn stated(mut self) -> Refusal {
        self.stated = true;
        self
    }

    /// Leaves the body empty.
    pub(super) fn without_body(mut self) -> Refusal {
        self.has_body = false;
        self
    }

    /// The answer, with an OperationOutcome (ERR-01 to ERR-06).
    pub(super) fn answer(self, rules: &Rules) -> Answer {
        let silent = !self.has_body || rules.has(Fault::NoOutcome) || rules.is(Variant::RefusalsWithoutBody);
        let mut headers = self.headers;
        let body = if silent {
            None
        } else if rules.is(Variant::RefusalsInText) {
            headers.push(("content-type", "text/plain; charset=utf-8".to_owned()));
            Some(Content::Text(self.message))
        } else {
            if rules.has(Fault::OutcomeWrongMediaType) {
                headers.push(("content-type", "application/json".to_owned()));
            } else if rules.is(Variant::LegacyMediaType) {
                headers.push(("content-type", LEGACY_FHIR_JSON.to_owned()));
            }
            Some(outcome::refusal(rules, self.issue.code(), &self.message))
        };
        let status = match self.status {
            422 if rules.is(Variant::InferredCodes400) && !self.stated => 400,
            422 if rules.has(Fault::BrokenRuleIsNotFound) => 404,
            status => status,
        };
        Answer { status, headers, body }
    }
}

impl Issue {
    const fn code(self) -> &'static str {
        match self {
            Issue::Structure => "structure",
            Issue::Required => "required",
            Issue::Value => "value",
            Issue::Invariant => "invariant",
            Issue::NotSupported => "not-supported",
            Issue::NotFound => "not-found",
            Issue::Deleted => "deleted",
            Issue::TooLong => "too-long",
            Issue::CodeInvalid => "code-invalid",
            Issue::TooCostly => "too-costly",
            Issue::BusinessRule => "business-rule",
            Issue::Conflict => "conflict",
            Issue::Transient => "transient",
            Issue::LockError => "lock-error",
            Issue::Informational => "informational",
            Issue::Login => "login",
        }
    }
}

impl Answer {
    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: None }
    }

    /// A resource.
    pub(super) fn resource(resource: Value) -> Answer {
        Answer { status: 200, headers: Vec::new(), body: Some(Content::Json(resource)) }
    }

    /// One version of an appointment (VER-20, BASE-12).
    pub(super) fn read(rules: &Rules, mut resource: Value, version: &str, updated: Timestamp) -> Answer {
        if rules.has(Fault::NoVersionOnRead) {
            if let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) {
                meta.remove("versionId");
            }
            return Answer::resource(resource).with("last-modified", http_date(updated));
        }
        Answer::resource(resource).with("etag", format!("W/\"{version}\"")).with("last-modified", http_date(updated))
    }

    /// A PATCH that was carried out (RSP-01 to RSP-05, BASE-01, BASE-03, BASE-04).
    pub(super) fn patched(rules: &Rules, record: &Record, first_version: &str, wanted: Return) -> Answer {
        let wanted = if rules.has(Fault::OutcomeOnSuccess) && wanted == Return::Unsaid {
            Return::OperationOutcome
        } else {
            wanted
        };
        let body = returned(rules, record, wanted).map(Content::Json);
        let answer = Answer::empty(match &body {
            _ if rules.has(Fault::SuccessIsCreated) => 201,
            _ if rules.has(Fault::SuccessIsLater) => 202,
            None if rules.is(Variant::NoContent) => 204,
            _ => 200,
        });
        Answer { body, ..answer }.with_version(rules, record, first_version)
    }

    /// An appointment that was created.
    pub(super) fn created(rules: &Rules, record: &Record, location: String, wanted: Return) -> Answer {
        let answer = Answer { body: returned(rules, record, wanted).map(Content::Json), ..Answer::empty(201) };
        answer
            .with("location", location)
            .with("etag", format!("W/\"{}\"", record.version()))
            .with("last-modified", http_date(record.updated))
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    fn with_version(self, rules: &Rules, record: &Record, first_version: &str) -> Answer {
        let version = record.version();
        let tag = if rules.has(Fault::NoEtag) {
            None
        } else if rules.has(Fault::RepeatedEtag) {
            Some(format!("W/\"{first_version}\""))
        } else if rules.has(Fault::EtagNotCurrent) {
            Some(format!("W/\"{version}-next\""))
        } else if rules.has(Fault::UnquotedEtag) {
            Some(format!("W/{version}"))
        } else if rules.has(Fault::StrongEtag) {
            Some(format!("\"{version}\""))
        } else {
            Some(format!("W/\"{version}\""))
        };
        let hour = Duration::from_secs(if rules.has(Fault::LastModifiedInFuture) { 3600 } else { 0 });
        let modified = record.updated.saturating_add(hour).unwrap_or(record.updated);
        let modified = (!rules.has(Fault::NoLastModified)).then(|| http_date(modified));
        let mut answer = self;
        answer.headers.extend(tag.map(|tag| ("etag", tag)));
        answer.headers.extend(modified.map(|modified| ("last-modified", modified)));
        answer
    }
}

/// Adds the headers that every answer of the edition has, as the documents' examples show them (RSP-06 to RSP-11,
/// HDR-14, HDR-15), and makes it HTTP.
pub(super) fn finish(rules: &Rules, request: &HeaderMap, took: Duration, answer: Answer) -> Response<Body> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = answer.body.map(|body| dress::body(rules, body));
    let has_body = body.is_some();
    let mut response = Response::new(match body {
        None => Body::empty(),
        Some(bytes) if rules.is(Variant::Chunked) => wire::chunks(bytes),
        Some(bytes) => Body::from(bytes),
    });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    let few = rules.is(Variant::FewHeaders);
    let now = http_date(Timestamp::now());
    set("date", if rules.has(Fault::UnreadableDate) { "yesterday" } else { &now });
    if !few {
        set("cache-control", if rules.has(Fault::CacheableAnswer) { "max-age=3600" } else { "no-cache" });
        set("vary", "Origin");
    }
    match has_body {
        true if rules.is(Variant::Charset) => set("content-type", &format!("{FHIR_JSON};charset=UTF-8")),
        true => set("content-type", FHIR_JSON),
        // The documented success has an empty body and says it is HTML.
        false if status.is_success() && rules.edition.is_vendor() && !few => set("content-type", "text/html"),
        false => {}
    }
    if has_body && rules.is(Variant::Gzip) {
        set("content-encoding", "gzip");
    }
    if rules.is(Variant::ClosesConnections) {
        set("connection", "close");
    }
    if !rules.has(Fault::DropRequestId) && !few {
        let sent = request.get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
        set("x-request-id", &sent.map_or_else(|| own_request_id(rules.edition), ToOwned::to_owned));
    }
    match rules.edition {
        _ if few => {}
        Edition::May2019 => {
            let reason = status.canonical_reason().unwrap_or_default();
            set("status", format!("{} {reason}", status.as_u16()).trim_end());
            set("server-response-time", &format!("{:.6}", took.as_secs_f64() * 1000.0));
            set("x-runtime", &format!("{:.6}", took.as_secs_f64()));
        }
        Edition::March2024 => {
            set("opc-request-id", &format!("/{}/{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).to_uppercase());
            if request.contains_key("origin") && !rules.has(Fault::HideCors) {
                set("access-control-allow-origin", "*");
                set(
                    "access-control-expose-headers",
                    "ETag, Content-Location, Location, X-Request-Id, WWW-Authenticate, Date, opc-request-id",
                );
            }
        }
        Edition::FhirR4 => {}
    }
    for (name, value) in &answer.headers {
        set(name, value);
    }
    dress::headers(rules, headers);
    response
}

/// The first characters of a client's text, for a message.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 80;
    let mut short: String = text.chars().filter(|character| !character.is_control()).take(MOST).collect();
    if text.chars().count() > MOST {
        short.push('…');
    }
    short
}

fn returned(rules: &Rules, record: &Record, wanted: Return) -> Option<Value> {
    let wanted = if rules.has(Fault::IgnorePrefer) { Return::Unsaid } else { wanted };
    match wanted {
        Return::Minimal => None,
        Return::OperationOutcome => {
            Some(outcome::plain("information", Issue::Informational.code(), "The change was made."))
        }
        Return::Unsaid if rules.is(Variant::BodyOnSuccess) => Some(record.resource.clone()),
        Return::Unsaid
            if rules.edition.is_vendor() || rules.is(Variant::EmptySuccess) || rules.is(Variant::NoContent) =>
        {
            None
        }
        Return::Representation | Return::Unsaid if rules.has(Fault::SuccessBodyIsStale) => {
            record.replaced.as_ref().map(|(before, _)| before.clone())
        }
        Return::Representation | Return::Unsaid => Some(record.resource.clone()),
    }
}

/// The vendor's request ids were 32 hexadecimal digits in 2019 and are UUIDs since 2023.
fn own_request_id(edition: Edition) -> String {
    match edition {
        Edition::May2019 => Uuid::new_v4().simple().to_string(),
        Edition::March2024 | Edition::FhirR4 => Uuid::new_v4().to_string(),
    }
}

/// An IMF-fixdate (RFC 9110 section 5.6.7), cut to whole seconds so that it is never later than the instant.
fn http_date(when: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&when).unwrap_or_default()
}
