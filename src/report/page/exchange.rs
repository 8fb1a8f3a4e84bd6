//! A request and its response, in the few lines a reader needs.

use serde_json::Value;

use super::clean::cut;
use crate::record::{BodyRecord, ExchangeRecord, LossRecord, ReceivedRecord, ResponseRecord, RunRecord};

/// Characters of a body that are shown unless everything is asked for.
const BODY: usize = 300;
/// The headers of the documented request, which go without saying.
const USUAL: [(&str, &str); 2] = [("content-type", "application/json-patch+json"), ("accept", "application/fhir+json")];

/// The request: its line with the headers that matter, and its body.
pub(in crate::report) fn request_lines(record: &RunRecord, exchange: &ExchangeRecord, whole: bool) -> Vec<String> {
    let sent = &exchange.request;
    let place =
        sent.url.strip_prefix(record.target.base_url.trim_end_matches('/')).filter(|place| place.starts_with('/'));
    let mut first = format!("{} {}", sent.method, place.unwrap_or(&sent.url));
    let notes = notes(record, exchange);
    if !notes.is_empty() {
        first.push_str(&format!("   ({})", notes.join("; ")));
    }
    let mut lines = vec![first];
    lines.extend(body(&sent.body, whole));
    lines
}

/// The response: its status with the entity tag, and what the body says.
pub(in crate::report) fn response_lines(exchange: &ExchangeRecord, whole: bool) -> Vec<String> {
    let received = match &exchange.response {
        ResponseRecord::Received(received) => received,
        ResponseRecord::Lost(lost) => {
            let kind = match lost.kind {
                LossRecord::NotConnected => "could not connect",
                LossRecord::TimedOut => "timed out",
                LossRecord::Broken => "connection broken",
                LossRecord::Dropped => "dropped at the end of the run",
            };
            return vec![format!("no response: {kind}: {}", lost.message)];
        }
    };
    let status = received.status.get();
    let mut first = format!("{status} {}", phrase(status)).trim_end().to_owned();
    for name in ["etag", "location", "retry-after"] {
        for value in received.header_lines(name) {
            first.push_str(&format!("   {}: {value}", title_case(name)));
        }
    }
    let mut lines = vec![first];
    lines.extend(said(received, whole));
    let unread = || received.unread().map(|unread| format!("the body is {}", unread.in_words()).into());
    lines.extend(received.limit().or_else(unread).map(|why| format!("({why})")));
    lines
}

fn notes(record: &RunRecord, exchange: &ExchangeRecord) -> Vec<String> {
    let sent = &exchange.request;
    let mut notes = Vec::new();
    let lacks = |name: &str| exchange.sent_header(name).is_none();
    if exchange.is_patch() && lacks("if-match") {
        notes.push("no If-Match".to_owned());
    }
    if !sent.body.is_empty() && lacks("content-type") {
        notes.push("no Content-Type".to_owned());
    }
    if lacks("accept") {
        notes.push("no Accept".to_owned());
    }
    let credentials = |exchange: &ExchangeRecord| exchange.sent_header("authorization").is_some();
    if !credentials(exchange) && record.exchanges.iter().any(credentials) {
        notes.push("no Authorization".to_owned());
    }
    for (name, value) in &sent.headers {
        let usual = USUAL.iter().any(|(header, usual)| name.eq_ignore_ascii_case(header) && value == usual);
        if !usual && value != "[secret]" {
            notes.push(format!("{}: {}", title_case(name), cut(value, BODY)));
        }
    }
    notes
}

fn body(payload: &BodyRecord, whole: bool) -> Option<String> {
    let limit = if whole { usize::MAX } else { BODY };
    match payload {
        BodyRecord::Empty => None,
        BodyRecord::Text(text) => Some(cut(text, limit)),
        BodyRecord::Base64(text) => Some(format!("(not UTF-8, in base64) {}", cut(text, limit))),
    }
}

/// The issues of an OperationOutcome, an appointment in short, other JSON on one line, or the first line of a text.
fn said(received: &ReceivedRecord, whole: bool) -> Vec<String> {
    let Some(text) = received.body.text() else { return body(&received.body, whole).into_iter().collect() };
    if let Some(json) = received.body.json() {
        let issues = json.get("issue").and_then(Value::as_array);
        if let (Some("OperationOutcome"), Some(issues)) = (json.get("resourceType").and_then(Value::as_str), issues) {
            const SHOWN: usize = 5;
            let limit = if whole { usize::MAX } else { SHOWN };
            let mut lines: Vec<String> = issues.iter().take(limit).map(|item| issue(item, whole)).collect();
            if issues.len() > limit {
                lines.push(format!("and {} more issues", issues.len() - limit));
            }
            return lines;
        }
        if !whole && json.get("resourceType").and_then(Value::as_str) == Some("Appointment") {
            return vec![summed_up(&json, text.len())];
        }
        return body(&BodyRecord::Text(json.to_string()), whole).into_iter().collect();
    }
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let shown = if whole { text } else { first };
    body(&BodyRecord::Text(shown.to_owned()), whole).filter(|body| !body.is_empty()).into_iter().collect()
}

/// What a rule about a PATCH most often turns on; a finding itself says what else is wrong.
fn summed_up(appointment: &Value, bytes: usize) -> String {
    let member =
        |pointer: &str| appointment.pointer(pointer).map_or("absent".to_owned(), |value| cut(&value.to_string(), 80));
    format!("Appointment: status {}, meta.versionId {} ({bytes} bytes)", member("/status"), member("/meta/versionId"))
}

fn issue(issue: &Value, whole: bool) -> String {
    let word = |name: &str| issue.get(name).and_then(Value::as_str);
    let head = format!(
        "OperationOutcome {}/{}",
        cut(word("severity").unwrap_or("(no severity)"), 40),
        cut(word("code").unwrap_or("(no code)"), 40)
    );
    let text = word("diagnostics").or_else(|| issue.pointer("/details/text").and_then(Value::as_str));
    match text {
        Some(text) => format!("{head}: {}", cut(text, if whole { usize::MAX } else { BODY })),
        None => head,
    }
}

/// `if-match` as it is usually read: `If-Match`.
fn title_case(name: &str) -> String {
    if name.eq_ignore_ascii_case("etag") {
        return "ETag".to_owned();
    }
    // A scenario that writes a header in an unusual case means it.
    if name.chars().any(|character| character.is_ascii_uppercase()) {
        return name.to_owned();
    }
    let mut start = true;
    let mut title = String::with_capacity(name.len());
    for character in name.chars() {
        title.push(if start { character.to_ascii_uppercase() } else { character });
        start = character == '-';
    }
    title
}

/// The usual phrase of a status code (RFC 9110 section 15, RFC 4918, RFC 6585); the record does not keep the server's.
pub(in crate::report) fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
