//! Responses of what stands in front of the API.

use std::sync::Mutex;

use axum::body::Body;
use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::reference::response::http_date;

/// A rejection with an OperationOutcome.
pub(super) fn outcome(status: u16, code: &str, text: &str) -> Response<Body> {
    outcome_with(status, code, text, &[])
}

/// The same with headers.
pub(super) fn outcome_with(status: u16, code: &str, text: &str, headers: &[(&'static str, &str)]) -> Response<Body> {
    let issue = json!([{ "severity": "error", "code": code, "details": { "text": text } }]);
    let body = json!({ "resourceType": "OperationOutcome", "issue": issue });
    let mut all = vec![("content-type", crate::words::fhir::FHIR_JSON)];
    all.extend(headers);
    plain(status, &all, &body)
}

/// A response with a JSON body.
pub(super) fn plain(status: u16, headers: &[(&'static str, &str)], body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let date = http_date(jiff::Timestamp::now());
    for (name, value) in headers.iter().copied().chain([("date", date.as_str())]) {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A lock that a panic elsewhere does not close.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
