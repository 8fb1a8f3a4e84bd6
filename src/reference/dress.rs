//! How an answer is dressed: forms of bodies and headers that mean the same.

use std::io::Write as _;

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::Rules;
use super::respond::Content;
use super::variant::Variant;

/// A body as bytes.
pub(super) fn body(rules: &Rules, content: Content) -> Vec<u8> {
    let text = match content {
        Content::Text(text) => text,
        Content::Json(value) => json(rules, value),
    };
    if rules.is(Variant::Gzip) { compressed(text.as_bytes()) } else { text.into_bytes() }
}

fn json(rules: &Rules, value: Value) -> String {
    let value = if rules.is(Variant::ReversedMembers) { reversed(value) } else { value };
    if rules.is(Variant::IndentedJson) {
        let indented = serde_json::to_string_pretty(&value).unwrap_or_default();
        // Any character of a string may be written as its code; here the slashes are escaped.
        return format!("\r\n{}\r\n", indented.replace('\n', "\r\n\t").replace('/', "\\/"));
    }
    value.to_string()
}

/// Writing to memory cannot fail; a body that did would be sent as it is.
fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    match encoder.write_all(bytes).and_then(|()| encoder.finish()) {
        Ok(compressed) => compressed,
        Err(_) => bytes.to_vec(),
    }
}

fn reversed(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().rev().map(|(name, member)| (name, reversed(member))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(reversed).collect()),
        other => other,
    }
}

/// Adds headers that a client need not know.
pub(super) fn headers(rules: &Rules, headers: &mut HeaderMap) {
    let mut add = |name: &'static str, value: &'static str| {
        headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    if rules.is(Variant::OtherHeaders) {
        add("server", "nginx/1.27.0");
        add("x-powered-by", "Servlet/4.0");
        add("strict-transport-security", "max-age=631152000");
        add("x-content-type-options", "nosniff");
        add("content-security-policy", "default-src 'none'");
        add("vary", "Accept-Encoding");
        add("via", "1.1 gateway");
        add("via", "1.1 cache");
        add("warning", "299 - \"the sandbox is restored every night\"");
        add("x-empty", "");
        add("set-cookie", "node=3; Path=/; HttpOnly");
        add("set-cookie", "lb=b; Path=/; HttpOnly");
    }
    if rules.is(Variant::OffersHttp2) {
        add("alt-svc", "h2=\":443\"; ma=86400");
        add("upgrade", "h2c");
        add("connection", "Upgrade");
    }
}
