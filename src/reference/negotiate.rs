//! What a request says about media types: what it carries, and what it takes back.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

use super::call::{Call, joined};
use super::clause::Clause;
use super::rejection::{Rejection, shorten};
use super::terms::Terms;
use crate::words::fhir::{FHIR_JSON, JSON_PATCH, LEGACY_FHIR_JSON};

/// Whether the client takes JSON (HDR-02 to HDR-06). `_format` counts for more than `Accept`.
///
/// # Errors
/// 406, with an empty body where the edition documents that (HDR-04).
pub(super) fn takes_json(terms: &Terms, call: &Call) -> Result<(), Rejection> {
    let accept = joined(&call.headers, &ACCEPT).filter(|text| !text.trim().is_empty());
    let acceptable = match (call.parameter("_format"), &accept) {
        (Some("json" | "text/json"), _) | (None, None) => true,
        // In a query, the plus of `fhir+json` reads as a space unless it was escaped.
        (Some(format), _) => is_json(&MediaType::read(format).essence.replace(' ', "+")),
        (None, Some(accept)) => accept.split(',').map(MediaType::read).any(|range| {
            (is_json(&range.essence) || ["application/*", "*/*"].contains(&range.essence.as_str()))
                && range.parameter("q").is_none_or(|quality| quality.parse::<f32>().is_ok_and(|quality| quality > 0.0))
        }),
    };
    terms
        .require(Clause::TakesJson, acceptable, || "Only JSON is served.".to_owned())
        .map_err(|rejection| if terms.promises.empty_406 { rejection.without_body() } else { rejection })
}

/// Whether the body of a PATCH is said to be a JSON Patch document (HDR-07 to HDR-10).
///
/// # Errors
/// 415, naming the format (HDR-08).
pub(super) fn carries_json_patch(terms: &Terms, headers: &HeaderMap) -> Result<(), Rejection> {
    carries(terms, Clause::CarriesJsonPatch, headers, &[JSON_PATCH])
        .map_err(|rejection| rejection.with("accept-patch", JSON_PATCH))
}

/// Whether the body of a create is said to be FHIR JSON.
///
/// # Errors
/// 415.
pub(super) fn carries_fhir_json(terms: &Terms, headers: &HeaderMap) -> Result<(), Rejection> {
    carries(terms, Clause::CarriesFhirJson, headers, &[FHIR_JSON, "application/json", LEGACY_FHIR_JSON])
}

fn carries(terms: &Terms, clause: Clause, headers: &HeaderMap, accepted: &[&str]) -> Result<(), Rejection> {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (fits, found) = match (lines.next(), lines.next()) {
        (None, _) => (false, "no Content-Type".to_owned()),
        (Some(_), Some(_)) => (false, "more than one Content-Type".to_owned()),
        (Some(line), None) => {
            let text = String::from_utf8_lossy(line.as_bytes());
            let media_type = MediaType::read(&text);
            let is_utf8 = media_type.parameter("charset").is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"));
            (accepted.contains(&media_type.essence.as_str()) && is_utf8, format!("`{}`", shorten(&text)))
        }
    };
    terms.require(clause, fits, || format!("The request has {found}; accepted: {}, in UTF-8.", accepted.join(", ")))
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
        self.parameters.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }
}
