//! Checks the media type of a resource against the format that the request asked for.

use serde_json::Value;

use super::view::CheckView;
use crate::execute::evidence::Exchange;
use crate::judge::verdict::CheckResult;
use crate::judge::xml;
use crate::words::fhir::{FHIR_JSON, LEGACY_FHIR_JSON};

const FHIR_XML: &str = "application/fhir+xml";
/// OperationOutcomes have a rule of their own (ERR-04).
const OUTCOME: &str = "OperationOutcome";

/// A resource is labelled as FHIR in its format (BASE-33).
pub(super) fn check(view: &CheckView<'_, '_>) -> CheckResult {
    let received = view.received;
    let label = received.header("content-type").unwrap_or("none");
    let essence = label.split(';').next().unwrap_or_default().trim();
    let found = format!("Content-Type `{label}`");
    if let Some(root) = xml::root(received).filter(|root| *root != OUTCOME) {
        let asked = asks_for_xml(view.exchange);
        let (right, expected) =
            (asked && essence.eq_ignore_ascii_case(FHIR_XML), if asked { FHIR_XML } else { FHIR_JSON });
        return CheckResult::of(right, format!("Content-Type {expected} for the {root}"), found);
    }
    let json = view.bodies.json(&received.body);
    let kind = json.as_ref().and_then(|body| body.get("resourceType")).and_then(Value::as_str);
    let Some(kind) = kind.filter(|kind| *kind != OUTCOME) else { return CheckResult::Void };
    let expected = format!("Content-Type {FHIR_JSON} for the {kind}");
    // Reading C-36.
    if essence.eq_ignore_ascii_case(LEGACY_FHIR_JSON) {
        return CheckResult::Tolerated { expected, found };
    }
    CheckResult::of(essence.eq_ignore_ascii_case(FHIR_JSON), expected, found)
}

/// Whether a request names XML as the format of its response.
fn asks_for_xml(exchange: &Exchange) -> bool {
    let accepts = exchange.sent_header("accept").is_some_and(|accept| accept.to_ascii_lowercase().contains("xml"));
    let query = exchange.request.url.split_once('?').map_or("", |(_, query)| query);
    let format = query.split('&').find_map(|parameter| parameter.strip_prefix("_format="));
    accepts || format.is_some_and(|format| format.to_ascii_lowercase().contains("xml"))
}
