//! Checks of the body of a response.

use serde_json::Value;

use super::label;
use super::view::CheckView;
use crate::execute::evidence::Response;
use crate::judge::bodies::Bodies;
use crate::judge::resource;
use crate::judge::verdict::CheckResult;
use crate::judge::xml;
use crate::suite::scenario::BodyForm;
use crate::words::fhir::{EntityTag, FHIR_JSON, JSON_PATCH, LEGACY_FHIR_JSON};

/// What the body is.
pub(super) fn body(form: BodyForm, view: &CheckView<'_, '_>) -> CheckResult {
    let received = view.received;
    if form == BodyForm::FhirLabelIfResource {
        return label::check(view);
    }
    // XML is a representation too; what it holds is not read (reading C-41).
    match (xml::root(received), form) {
        (None, _) | (_, BodyForm::Empty) => {}
        (Some(root), BodyForm::EmptyOrAppointment | BodyForm::OperationOutcome) => {
            let wanted = if form == BodyForm::OperationOutcome { "OperationOutcome" } else { "Appointment" };
            return CheckResult::of(root == wanted, format!("an {wanted}"), format!("a {root} in XML"));
        }
        (
            Some(_),
            BodyForm::FhirJsonIfResource
            | BodyForm::FhirLabelIfResource
            | BodyForm::ChangedAppointment
            | BodyForm::ChangedAppointmentIfAny,
        ) => return CheckResult::Void,
    }
    let json = view.bodies.json(&received.body);
    let kind = json.as_ref().and_then(|body| body.get("resourceType")).and_then(Value::as_str);
    let found = match (received.body.is_empty(), kind) {
        (true, _) => "an empty body".to_owned(),
        (false, Some(kind)) => format!("a {kind}"),
        (false, None) => received.body_in_words(),
    };
    match form {
        BodyForm::Empty => CheckResult::of(received.body.is_empty(), "an empty body", found),
        BodyForm::EmptyOrAppointment => CheckResult::of(
            received.body.is_empty() || kind == Some("Appointment"),
            "an empty body or an Appointment",
            found,
        ),
        BodyForm::OperationOutcome => CheckResult::of(kind == Some("OperationOutcome"), "an OperationOutcome", found),
        BodyForm::FhirLabelIfResource => CheckResult::Void,
        BodyForm::FhirJsonIfResource => {
            if kind.is_none() {
                return CheckResult::Void;
            }
            let media_type = received.header("content-type").unwrap_or_default();
            let essence = media_type.split(';').next().unwrap_or_default().trim();
            let right = essence.eq_ignore_ascii_case(FHIR_JSON) || essence.eq_ignore_ascii_case(LEGACY_FHIR_JSON);
            CheckResult::of(right, format!("Content-Type {FHIR_JSON}"), format!("Content-Type `{media_type}`"))
        }
        BodyForm::ChangedAppointment | BodyForm::ChangedAppointmentIfAny => {
            let Some(resource) = json.as_deref().filter(|_| kind == Some("Appointment")) else {
                return if form == BodyForm::ChangedAppointment {
                    CheckResult::of(false, "the Appointment after the change", found)
                } else {
                    CheckResult::Void
                };
            };
            changed_appointment(resource, view)
        }
    }
}

/// The appointment in the body is the one of the URL, in its new state.
fn changed_appointment(resource: &Value, view: &CheckView<'_, '_>) -> CheckResult {
    let id = resource.get("id").and_then(Value::as_str);
    if view.exchange.appointment.is_none() {
        return CheckResult::Void;
    }
    if id != view.exchange.appointment.as_deref() {
        return CheckResult::Broken {
            expected: format!("id {}", view.exchange.appointment.as_deref().unwrap_or("of the URL")),
            found: format!("id {}", id.unwrap_or("absent")),
        };
    }
    let version = resource.get("meta").and_then(|meta| meta.get("versionId")).and_then(Value::as_str);
    let tag = view.received.header("etag").and_then(|tag| tag.parse::<EntityTag>().ok());
    if let (Some(version), Some(tag)) = (version, &tag)
        && version != tag.opaque()
    {
        return CheckResult::Broken {
            expected: format!("meta.versionId {} as in the ETag", tag.opaque()),
            found: format!("meta.versionId {version}"),
        };
    }
    let Some(after) = view.bodies.resource(view.after) else { return CheckResult::Holds };
    CheckResult::of(
        resource.get("status") == after.get("status"),
        format!("status {} as in the next read", resource::shown(after.get("status"))),
        format!("status {}", resource::shown(resource.get("status"))),
    )
}

/// A CapabilityStatement declares PATCH of appointments.
pub(super) fn declares_patch(view: &CheckView<'_, '_>) -> CheckResult {
    let listed = lists_patch(view.received, view.bodies);
    CheckResult::of(listed, "the interaction `patch` of Appointment in the CapabilityStatement", "it is not there")
}

/// Whether a CapabilityStatement lists PATCH of appointments.
pub(in crate::judge) fn lists_patch<'a>(statement: &'a Response, bodies: &Bodies<'a>) -> bool {
    let members = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, name: &str, expected: &str| value.get(name).and_then(Value::as_str) == Some(expected);
    let body = bodies.json(&statement.body);
    let rests = body.as_deref().map(|body| members(body, "rest")).unwrap_or_default();
    let resources = rests.iter().flat_map(|rest| members(rest, "resource"));
    let mut interactions = resources
        .filter(|resource| text(resource, "type", "Appointment"))
        .flat_map(|resource| members(&resource, "interaction"));
    interactions.any(|interaction| text(&interaction, "code", "patch"))
}

/// Whether a CapabilityStatement lists a media type, given in lower case and without parameters, in `patchFormat` or `format`.
pub(in crate::judge) fn lists_format<'a>(
    statement: &'a Response,
    bodies: &Bodies<'a>,
    member: &str,
    format: &str,
) -> bool {
    let body = bodies.json(&statement.body);
    let listed = body.as_ref().and_then(|body| body.get(member)).and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str).any(|listed| {
        let listed = listed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // R4 lets a format be named by its usual extension.
        listed == format
            || (listed == "xml" && format == "application/fhir+xml")
            || (listed == "ttl" && format == "text/turtle")
    })
}

/// A CapabilityStatement lists the format of JSON Patch.
pub(super) fn declares_patch_format(view: &CheckView<'_, '_>) -> CheckResult {
    let listed = lists_json_patch(view.received, view.bodies);
    CheckResult::of(listed, "application/json-patch+json in patchFormat", "it is not there")
}

/// Whether a CapabilityStatement lists JSON Patch among its patch formats.
pub(in crate::judge) fn lists_json_patch<'a>(statement: &'a Response, bodies: &Bodies<'a>) -> bool {
    let body = bodies.json(&statement.body);
    let formats = body.as_ref().and_then(|body| body.get("patchFormat")).and_then(Value::as_array);
    formats.into_iter().flatten().any(|format| format.as_str() == Some(JSON_PATCH))
}
