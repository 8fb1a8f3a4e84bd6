//! What a request says about media types: what it carries, what it takes back, and how much of it.

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};

use super::Rules;
use super::fault::Fault;
use super::respond::{Issue, Refusal};
use crate::words::fhir::{FHIR_JSON, JSON_PATCH, LEGACY_FHIR_JSON};

/// What the client wants to get back after a change (FHIR R4, Managing Return Content).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    Minimal,
    Representation,
    OperationOutcome,
    /// The client did not say.
    Unsaid,
}

/// Refuses a request that takes no JSON (HDR-02 to HDR-06). `_format` counts for more than `Accept`.
pub(super) fn takes_json(rules: &Rules, headers: &HeaderMap, format: Option<&str>) -> Result<(), Refusal> {
    let accept = joined(headers, &ACCEPT).filter(|text| !text.trim().is_empty());
    let acceptable = match (format, &accept) {
        (Some("json" | "text/json"), _) | (None, None) => true,
        // In a query, the plus of `fhir+json` reads as a space unless it was escaped.
        (Some(format), _) => is_json(&MediaType::read(format).essence.replace(' ', "+")),
        (None, Some(accept)) => accept.split(',').map(MediaType::read).any(|range| {
            (is_json(&range.essence) || ["application/*", "*/*"].contains(&range.essence.as_str()))
                && range.parameter("q").is_none_or(|quality| quality.parse::<f32>().is_ok_and(|quality| quality > 0.0))
        }),
    };
    if acceptable || rules.has(Fault::IgnoreAccept) {
        return Ok(());
    }
    let refusal = Refusal::new(406, Issue::NotSupported, "Only JSON is served.".to_owned());
    // The vendor documents a 406 with an empty body (HDR-04); FHIR wants an OperationOutcome with every failure (ERR-03).
    Err(if rules.edition.is_vendor() { refusal.without_body() } else { refusal })
}

/// Refuses a PATCH whose body is not said to be a JSON Patch document (HDR-07 to HDR-10).
pub(super) fn carries_json_patch(rules: &Rules, headers: &HeaderMap) -> Result<(), Refusal> {
    if rules.has(Fault::AcceptXmlPatch) {
        return Ok(());
    }
    carries(headers, &[JSON_PATCH]).map_err(|refusal| {
        if rules.has(Fault::HideAcceptPatch) { refusal } else { refusal.with("accept-patch", JSON_PATCH) }
    })
}

/// Refuses a create whose body is not said to be FHIR JSON.
pub(super) fn carries_fhir_json(headers: &HeaderMap) -> Result<(), Refusal> {
    carries(headers, &[FHIR_JSON, "application/json", LEGACY_FHIR_JSON])
}

/// What `Prefer: return=…` asks for (BASE-03).
pub(super) fn wanted_return(headers: &HeaderMap) -> Return {
    let prefer = joined(headers, &HeaderName::from_static("prefer")).unwrap_or_default();
    let wish = prefer.split([',', ';']).find_map(|part| part.trim().strip_prefix("return=")).unwrap_or_default();
    match wish.trim_matches('"') {
        "minimal" => Return::Minimal,
        "representation" => Return::Representation,
        "OperationOutcome" => Return::OperationOutcome,
        _ => Return::Unsaid,
    }
}

/// All lines of a header as one, the way RFC 9110 section 5.3 joins them.
pub(super) fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    if lines.is_empty() { None } else { Some(lines.join(", ")) }
}

fn carries(headers: &HeaderMap, accepted: &[&str]) -> Result<(), Refusal> {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let found = match (lines.next(), lines.next()) {
        (None, _) => "no Content-Type".to_owned(),
        (Some(_), Some(_)) => "more than one Content-Type".to_owned(),
        (Some(line), None) => {
            let text = String::from_utf8_lossy(line.as_bytes());
            let media_type = MediaType::read(&text);
            let is_utf8 = media_type.parameter("charset").is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"));
            if accepted.contains(&media_type.essence.as_str()) && is_utf8 {
                return Ok(());
            }
            format!("`{}`", super::respond::shorten(&text))
        }
    };
    let message = format!("The request has {found}; accepted: {}, in UTF-8.", accepted.join(", "));
    Err(Refusal::new(415, Issue::NotSupported, message))
}

fn is_json(essence: &str) -> bool {
    [FHIR_JSON, "application/json", LEGACY_FHIR_JSON].contains(&essence)
}

/// A media type or range, its names in lower case (RFC 9110 section 8.3.1).
struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    fn read(text: &str) -> MediaType {
        let mut parts = text.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let parameters = parts.filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
        });
        MediaType { essence, parameters: parameters.collect() }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}
