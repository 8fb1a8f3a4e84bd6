//! What is sent back, before the headers that every response has and before it is written as bytes.

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};

use super::call::Return;
use super::clause::Issue;
use super::rejection::Rejection;

/// What is sent back.
#[derive(Debug, Clone)]
pub(super) struct ServerResponse {
    /// What was done.
    pub(super) deed: Deed,
    pub(super) status: u16,
    /// The headers of this response; those that every response has come later and do not replace them.
    pub(super) headers: HeaderMap,
    pub(super) body: Option<ResponseBody>,
}

/// What was done with a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// It was not carried out.
    Rejected,
    /// A PATCH was carried out.
    Patched {
        /// What Prefer asks for.
        wanted: Option<Return>,
        /// The appointment before it.
        before: Value,
    },
    /// An appointment was created.
    Created,
    /// One appointment was read.
    Read,
    /// The CapabilityStatement was read.
    Statement,
    /// Something else was read or asked.
    Told,
}

/// A body before it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ResponseBody {
    Json(Value),
    /// Sent verbatim.
    Text(String),
}

impl ServerResponse {
    /// A response without a body.
    pub(super) fn empty(deed: Deed, status: u16) -> ServerResponse {
        ServerResponse { deed, status, headers: HeaderMap::new(), body: None }
    }

    /// A resource, with 200.
    pub(super) fn resource(deed: Deed, resource: Value) -> ServerResponse {
        ServerResponse::empty(deed, 200).carrying(Some(resource))
    }

    /// The response to a request that is not carried out, with an OperationOutcome (ERR-01 to ERR-06).
    pub(super) fn rejected(rejection: Rejection) -> ServerResponse {
        let outcome = rejection.has_body.then(|| outcome("error", rejection.issue, &rejection.message));
        let response = ServerResponse::empty(Deed::Rejected, rejection.status).carrying(outcome);
        rejection.headers.into_iter().fold(response, |response, (name, value)| response.with(name, value))
    }

    /// Sets the body.
    pub(super) fn carrying(self, resource: Option<Value>) -> ServerResponse {
        ServerResponse { body: resource.map(ResponseBody::Json), ..self }
    }

    /// Adds a header; a value that HTTP does not allow is left out.
    pub(super) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> ServerResponse {
        self.set(name, value.as_ref());
        self
    }

    /// Says which version of an appointment this is about, and when it came to be (VER-01, VER-20, RSP-02, RSP-03, BASE-12).
    pub(super) fn of_version(self, version: &str, updated: Timestamp) -> ServerResponse {
        self.with("etag", format!("W/\"{version}\"")).with("last-modified", http_date(updated))
    }

    /// Sets a header; a value that HTTP does not allow is left out.
    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        set(&mut self.headers, name, value);
    }

    /// The resource in the body.
    pub(super) fn resource_mut(&mut self) -> Option<&mut Value> {
        match &mut self.body {
            Some(ResponseBody::Json(resource)) => Some(resource),
            Some(ResponseBody::Text(_)) | None => None,
        }
    }
}

/// An OperationOutcome with one issue (ERR-02, ERR-05).
pub(super) fn outcome(severity: &str, issue: Issue, message: &str) -> Value {
    let (code, details) = (issue.code(), json!({ "text": message }));
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": severity, "code": code, "details": details, "diagnostics": message }],
    })
}

/// Sets a header; a value that HTTP does not allow is left out.
pub(super) fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// An IMF-fixdate (RFC 9110 section 5.6.7), cut to whole seconds so that it is never later than the instant.
pub(super) fn http_date(when: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&when).unwrap_or_default()
}
