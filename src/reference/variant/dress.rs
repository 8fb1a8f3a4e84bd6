//! Other sound headers.

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::reference::response::{Deed, ServerResponse, set};
use crate::words::fhir::FHIR_JSON;

/// A success without a body is 204.
pub(super) fn say_no_content(response: &mut ServerResponse) {
    if matches!(response.deed, Deed::Patched { .. }) && response.body.is_none() {
        response.status = 204;
    }
}

/// A read says when it was made, in an extension behind all others.
pub(super) fn say_when_read(response: &mut ServerResponse) {
    let now = format!("{:.6}", Timestamp::now());
    if response.deed == Deed::Read
        && let Some(Value::Object(resource)) = response.resource_mut()
        && let Some(extensions) = resource.entry("extension").or_insert_with(|| json!([])).as_array_mut()
    {
        extensions.push(json!({ "url": "http://example.org/StructureDefinition/read-at", "valueInstant": now }));
    }
}

/// Media types say charset=UTF-8.
pub(super) fn name_charset(headers: &mut HeaderMap) {
    if headers.get("content-type").is_some_and(|media_type| media_type == FHIR_JSON) {
        set(headers, "content-type", &format!("{FHIR_JSON};charset=UTF-8"));
    }
}

/// An entity tag is strong.
pub(super) fn strengthen_tag(headers: &mut HeaderMap) {
    let tag = headers.get("etag").and_then(|tag| tag.to_str().ok()).map(|tag| tag.trim_start_matches("W/").to_owned());
    if let Some(tag) = tag {
        set(headers, "etag", &tag);
    }
}

/// None of the headers that only examples show.
pub(super) fn drop_observed_headers(headers: &mut HeaderMap) {
    for name in [
        "cache-control",
        "vary",
        "x-request-id",
        "status",
        "server-response-time",
        "x-runtime",
        "opc-request-id",
        "access-control-allow-origin",
        "access-control-expose-headers",
    ] {
        headers.remove(name);
    }
    if headers.get("content-type").is_some_and(|media_type| media_type == "text/html") {
        headers.remove("content-type");
    }
}

/// Each connection serves one request.
pub(super) fn close_connection(headers: &mut HeaderMap) {
    set(headers, "connection", "close");
}

/// Many more headers, some of them twice.
pub(super) fn add_other_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        ("server", "nginx/1.27.0"),
        ("x-powered-by", "Servlet/4.0"),
        ("strict-transport-security", "max-age=631152000"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'"),
        ("vary", "Accept-Encoding"),
        ("via", "1.1 gateway"),
        ("via", "1.1 cache"),
        ("warning", "299 - \"the sandbox is restored every night\""),
        ("x-empty", ""),
        ("set-cookie", "node=3; Path=/; HttpOnly"),
        ("set-cookie", "lb=b; Path=/; HttpOnly"),
    ] {
        append(headers, name, value);
    }
}

/// An offer of HTTP/2.
pub(super) fn offer_http2(headers: &mut HeaderMap) {
    for (name, value) in [("alt-svc", "h2=\":443\"; ma=86400"), ("upgrade", "h2c"), ("connection", "Upgrade")] {
        append(headers, name, value);
    }
}

fn append(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
}
