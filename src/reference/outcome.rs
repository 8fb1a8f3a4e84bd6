//! OperationOutcomes: the usual one, other sound forms, and the ways to get one wrong.

use serde_json::{Value, json};

use super::Rules;
use super::fault::Fault;
use super::respond::Content;
use super::variant::Variant;

/// One issue, as this server words it.
pub(super) fn plain(severity: &str, code: &str, message: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": severity, "code": code, "details": { "text": message }, "diagnostics": message }],
    })
}

/// The OperationOutcome of a refusal (ERR-02, ERR-05).
pub(super) fn refusal(rules: &Rules, code: &str, message: &str) -> Content {
    let mut outcome = plain("error", code, message);
    let issue = &mut outcome["issue"][0];
    let mut drop = |member: &str| {
        if let Some(members) = issue.as_object_mut() {
            members.remove(member);
        }
    };
    if rules.is(Variant::SparseOutcomes) {
        drop("details");
        drop("diagnostics");
    }
    if rules.is(Variant::RichOutcomes) {
        return Content::Json(rich(code, message));
    }
    for fault in &rules.faults {
        match fault {
            Fault::MalformedOutcome => return Content::Json(json!({ "resourceType": "OperationOutcome" })),
            Fault::OutcomeEmptyIssueList => outcome["issue"] = json!([]),
            Fault::OutcomeIssueNoList => outcome["issue"] = outcome["issue"][0].clone(),
            Fault::OutcomeWithoutSeverity => drop_member(&mut outcome, "severity"),
            Fault::OutcomeWithoutCode => drop_member(&mut outcome, "code"),
            Fault::OutcomeUnknownSeverity => outcome["issue"][0]["severity"] = json!("critical"),
            Fault::OutcomeUnknownCode => outcome["issue"][0]["code"] = json!("bad-request"),
            Fault::OutcomeOnlyWarns => outcome["issue"][0]["severity"] = json!("warning"),
            Fault::OutcomeEmptyText => outcome["issue"][0]["diagnostics"] = json!(""),
            Fault::OutcomeTextAsDetails => outcome["issue"][0]["details"] = json!(message),
            Fault::OutcomeWithoutType => {
                if let Some(members) = outcome.as_object_mut() {
                    members.remove("resourceType");
                }
            }
            Fault::OutcomeCutOff => {
                let mut text = outcome.to_string();
                text.pop();
                return Content::Text(text);
            }
            _ => {}
        }
    }
    Content::Json(outcome)
}

fn drop_member(outcome: &mut Value, member: &str) {
    if let Some(members) = outcome.pointer_mut("/issue/0").and_then(Value::as_object_mut) {
        members.remove(member);
    }
}

fn rich(code: &str, message: &str) -> Value {
    json!({
        "resourceType": "OperationOutcome",
        "id": "e1",
        "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>It did not work.</p></div>" },
        "extension": [{ "url": "http://example.org/trace", "valueString": "0af7651916cd43dd" }],
        "issue": [
            { "severity": "information", "code": "informational", "diagnostics": "Seen by node 3." },
            {
                "severity": "error",
                "code": code,
                "details": { "coding": [{ "system": "http://example.org/errors", "code": "E17" }], "text": message },
                "diagnostics": message,
                "expression": ["Appointment.status"],
            },
            { "severity": "warning", "code": "processing", "details": { "text": "Nothing was changed." } },
        ],
    })
}
