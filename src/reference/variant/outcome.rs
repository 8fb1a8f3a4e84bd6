//! Other sound forms of the OperationOutcome of a rejection, and its absence.

use serde_json::{Value, json};

use crate::reference::fault::outcome::{change, drop_from_issue};
use crate::reference::response::{ResponseBody, ServerResponse};

/// A line of plain text instead of it.
pub(super) fn as_text(response: &mut ServerResponse) {
    let mut message = None;
    change(response, |outcome| message = text_at(outcome, "/issue/0/diagnostics"));
    if let Some(message) = message {
        response.body = Some(ResponseBody::Text(message));
        response.set("content-type", "text/plain; charset=utf-8");
    }
}

/// An issue with a severity and a code, and nothing else.
pub(super) fn sparse(response: &mut ServerResponse) {
    drop_from_issue(response, "details");
    drop_from_issue(response, "diagnostics");
}

/// A narrative, several issues, expressions and an extension.
pub(super) fn rich(response: &mut ServerResponse) {
    change(response, |outcome| {
        let code = text_at(outcome, "/issue/0/code").unwrap_or_default();
        let message = text_at(outcome, "/issue/0/diagnostics").unwrap_or_default();
        *outcome = rich_outcome(&code, &message);
    });
}

fn text_at(outcome: &Value, pointer: &str) -> Option<String> {
    outcome.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned)
}

fn rich_outcome(code: &str, message: &str) -> Value {
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
