//! How a response is dressed: the headers that every response has, and forms of bodies that mean the same.

use std::convert::Infallible;
use std::io::{self, Write};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use jiff::Timestamp;
use ruzstd::encoding::CompressionLevel;
use serde_json::Value;
use uuid::Uuid;

use super::choice::{BodyStyle, Compressed};
use super::promise::HeaderSet;
use super::response::{ResponseBody, ServerResponse, http_date, set};
use super::terms::Terms;
use crate::words::fhir::FHIR_JSON;

/// Adds the headers that every response of the edition has, as the documents' examples show them (RSP-06 to RSP-11,
/// HDR-14, HDR-15), and makes it HTTP.
pub(super) fn finish(
    terms: &Terms,
    request: &HeaderMap,
    took: Duration,
    mut response: ServerResponse,
) -> Response<Body> {
    terms.on_response(&mut response);
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = usual_headers(terms, request, took, status);
    describe_body(terms, &mut headers, status, response.body.is_some());
    headers.extend(response.headers);
    terms.on_headers(&mut headers);
    let mut finished = Response::new(response.body.map_or_else(Body::empty, |body| written(terms.choices.body, body)));
    *finished.status_mut() = status;
    *finished.headers_mut() = headers;
    finished
}

/// The headers that say nothing of the body.
fn usual_headers(terms: &Terms, request: &HeaderMap, took: Duration, status: StatusCode) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: &'static str, value: &str| set(&mut headers, name, value);
    add("date", &http_date(Timestamp::now()));
    add("cache-control", "no-cache");
    add("vary", "Origin");
    let sent = request.get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    add("x-request-id", &sent.map_or_else(|| request_id(terms), ToOwned::to_owned));
    match terms.promises.headers {
        HeaderSet::RunTimes => {
            let reason = status.canonical_reason().unwrap_or_default();
            add("status", format!("{} {reason}", status.as_u16()).trim_end());
            add("server-response-time", &format!("{:.6}", took.as_secs_f64() * 1000.0));
            add("x-runtime", &format!("{:.6}", took.as_secs_f64()));
        }
        HeaderSet::CloudRequestId => {
            add("opc-request-id", &format!("/{}/{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).to_uppercase());
        }
        HeaderSet::Plain => {}
    }
    if terms.promises.cross_origin && request.contains_key("origin") {
        add("access-control-allow-origin", "*");
        add("access-control-expose-headers", EXPOSED);
    }
    headers
}

/// What a page of another origin may read (HDR-15).
const EXPOSED: &str = "ETag, Content-Location, Location, X-Request-Id, WWW-Authenticate, Date, opc-request-id";

/// The headers about the body; the documented success has an empty body and says it is HTML.
fn describe_body(terms: &Terms, headers: &mut HeaderMap, status: StatusCode, has_body: bool) {
    if has_body {
        set(headers, "content-type", FHIR_JSON);
    } else if status.is_success() && terms.promises.empty_is_html {
        set(headers, "content-type", "text/html");
    }
    if let Some(compressed) = terms.choices.body.compressed.filter(|_| has_body) {
        set(headers, "content-encoding", compressed.name());
    }
}

fn request_id(terms: &Terms) -> String {
    let id = Uuid::new_v4();
    if terms.promises.hyphenated_request_ids { id.to_string() } else { id.simple().to_string() }
}

/// A body as bytes.
fn written(style: BodyStyle, body: ResponseBody) -> Body {
    let text = match body {
        ResponseBody::Text(text) => text,
        ResponseBody::Json(value) => json(style, value),
    };
    let bytes = match style.compressed {
        Some(how) => compressed(how, text.as_bytes()),
        None => text.into_bytes(),
    };
    if style.chunked { chunks(bytes) } else { Body::from(bytes) }
}

fn json(style: BodyStyle, value: Value) -> String {
    let value = if style.reversed { reversed(value) } else { value };
    if style.indented {
        let indented = serde_json::to_string_pretty(&value).unwrap_or_default();
        // Any character of a string may be written as its code; here the slashes are escaped.
        return format!("\r\n{}\r\n", indented.replace('\n', "\r\n\t").replace('/', "\\/"));
    }
    value.to_string()
}

/// Writing to memory cannot fail; a body that did would be empty.
fn compressed(how: Compressed, bytes: &[u8]) -> Vec<u8> {
    let level = Compression::fast();
    match how {
        Compressed::Gzip => written_to(GzEncoder::new(Vec::new(), level), bytes, GzEncoder::finish),
        Compressed::Deflate => written_to(ZlibEncoder::new(Vec::new(), level), bytes, ZlibEncoder::finish),
        Compressed::BareDeflate => written_to(DeflateEncoder::new(Vec::new(), level), bytes, DeflateEncoder::finish),
        Compressed::Zstd => ruzstd::encoding::compress_to_vec(bytes, CompressionLevel::Fastest),
        Compressed::DeflateThenGzip => compressed(Compressed::Gzip, &compressed(Compressed::Deflate, bytes)),
    }
}

fn written_to<W: Write>(mut encoder: W, bytes: &[u8], finish: fn(W) -> io::Result<Vec<u8>>) -> Vec<u8> {
    encoder.write_all(bytes).and_then(|()| finish(encoder)).unwrap_or_default()
}

fn reversed(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().rev().map(|(name, member)| (name, reversed(member))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(reversed).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// A body whose length nobody knows beforehand.
fn chunks(bytes: Vec<u8>) -> Body {
    let parts: Vec<Result<Vec<u8>, Infallible>> = bytes.chunks(64).map(|part| Ok(part.to_vec())).collect();
    Body::from_stream(futures_util::stream::iter(parts))
}
