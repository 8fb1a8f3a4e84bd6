//! The OperationOutcome of a response: whether there is one, and whether it is what R4 asks for.

use std::rc::Rc;

use serde_json::Value;

use super::bodies::Bodies;
use super::verdict::CheckResult;
use super::xml;
use crate::execute::evidence::Response;
use crate::suite::contract::tables;
use crate::suite::scenario::OutcomeCheck;
use crate::words::fhir::{FHIR_JSON, LEGACY_FHIR_JSON};

/// Judges the OperationOutcome of a response.
pub(super) fn check<'a>(check: &OutcomeCheck, received: &'a Response, bodies: &Bodies<'a>) -> CheckResult {
    let Some(resource) = claimed(received, bodies) else { return missing(check, received, bodies) };
    let issues = resource.get("issue").and_then(Value::as_array);
    if check.well_formed
        && let Err(found) = well_formed(&resource)
    {
        return CheckResult::Broken {
            expected:
                "an OperationOutcome of R4 (at least one issue, each with a severity and a code of R4, and no other members)"
                    .to_owned(),
            found,
        };
    }
    let issues = issues.map(Vec::as_slice).unwrap_or_default();
    let has = |field: &str, set: &[&str]| {
        issues.iter().any(|issue| issue.get(field).and_then(Value::as_str).is_some_and(|value| set.contains(&value)))
    };
    if check.has_error && !has("severity", &["error", "fatal"]) {
        return CheckResult::Broken {
            expected: "an issue of severity error or fatal".to_owned(),
            found: format!("severities {}", listed(issues, "severity")),
        };
    }
    let codes: Vec<&str> = check.code.iter().map(String::as_str).collect();
    if !codes.is_empty() && !has("code", &codes) {
        return CheckResult::Broken {
            expected: format!("an issue with code {}", codes.join(" or ")),
            found: format!("codes {}", listed(issues, "code")),
        };
    }
    if check.fhir_media_type {
        let media_type = received.header("content-type").unwrap_or_default();
        let essence = essence(media_type);
        let expected = format!("Content-Type {FHIR_JSON}");
        // Vendor samples still show the type before STU 3 (reading C-36).
        if essence.eq_ignore_ascii_case(LEGACY_FHIR_JSON) {
            return CheckResult::Tolerated {
                expected,
                found: format!("Content-Type `{media_type}` (the type before STU 3)"),
            };
        }
        if !essence.eq_ignore_ascii_case(FHIR_JSON) {
            return CheckResult::Broken { expected, found: format!("Content-Type `{media_type}`") };
        }
    }
    CheckResult::Holds
}

/// A response without an OperationOutcome.
fn missing<'a>(check: &OutcomeCheck, received: &'a Response, bodies: &Bodies<'a>) -> CheckResult {
    if xml::root(received) == Some("OperationOutcome") {
        return if check.present { CheckResult::Holds } else { CheckResult::Void };
    }
    if check.present {
        return CheckResult::Broken {
            expected: "an OperationOutcome in the body".to_owned(),
            found: received.body_in_words(),
        };
    }
    let fhir = received.header("content-type").is_some_and(|kind| essence(kind).eq_ignore_ascii_case(FHIR_JSON));
    // FHIR content that is no JSON is no OperationOutcome either, whatever it was meant to be.
    if check.well_formed
        && fhir
        && received.limit().is_none()
        && !received.body.is_empty()
        && bodies.json(&received.body).is_none()
    {
        return CheckResult::Broken {
            expected: "an OperationOutcome of R4".to_owned(),
            found: match received.unread() {
                Some(unread) => format!("a body labelled {FHIR_JSON} {}", unread.in_words()),
                None => format!("a body labelled {FHIR_JSON} that is no JSON"),
            },
        };
    }
    CheckResult::Void
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// The body, where it claims to be an OperationOutcome.
fn claimed<'a>(received: &'a Response, bodies: &Bodies<'a>) -> Option<Rc<Value>> {
    let body = bodies.json(&received.body)?;
    let typed = body.get("resourceType").and_then(Value::as_str) == Some("OperationOutcome");
    (typed || (body.get("resourceType").is_none() && body.get("issue").is_some())).then_some(body)
}

fn well_formed(resource: &Value) -> Result<(), String> {
    if resource.get("resourceType").and_then(Value::as_str) != Some("OperationOutcome") {
        return Err("an object with `issue` and no resourceType".to_owned());
    }
    let Ok(tables) = tables() else { return Ok(()) };
    match tables.resources.faults("OperationOutcome", resource).first() {
        None => Ok(()),
        Some(fault) => Err(format!("{}, where {} is expected", fault.found, fault.expected)),
    }
}

fn listed(issues: &[Value], field: &str) -> String {
    let values: Vec<String> = issues.iter().filter_map(|issue| issue.get(field)).map(Value::to_string).collect();
    if values.is_empty() { "none".to_owned() } else { values.join(", ") }
}
