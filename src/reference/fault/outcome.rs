//! Faults in the OperationOutcome of a rejection.

use serde_json::{Map, Value, json};

use crate::reference::response::{Deed, ResponseBody, ServerResponse};

/// It has no issues.
pub(super) fn without_issues(response: &mut ServerResponse) {
    change(response, |outcome| *outcome = json!({ "resourceType": "OperationOutcome" }));
}

/// It does not say that it is one.
pub(super) fn without_type(response: &mut ServerResponse) {
    change(response, |outcome| {
        if let Some(members) = outcome.as_object_mut() {
            members.remove("resourceType");
        }
    });
}

/// The details of the issue are a text.
pub(super) fn text_as_details(response: &mut ServerResponse) {
    change_issue(response, |issue| {
        let message = issue.get("diagnostics").cloned().unwrap_or_default();
        issue.insert("details".to_owned(), message);
    });
}

/// A member of the issue holds something else.
pub(super) fn set_in_issue(response: &mut ServerResponse, member: &str, value: &str) {
    change_issue(response, |issue| {
        issue.insert(member.to_owned(), Value::from(value));
    });
}

/// The issue lacks a member.
pub(in crate::reference) fn drop_from_issue(response: &mut ServerResponse, member: &str) {
    change_issue(response, |issue| {
        issue.remove(member);
    });
}

/// The issues are one object.
pub(super) fn issue_without_list(response: &mut ServerResponse) {
    change(response, |outcome| outcome["issue"] = outcome["issue"][0].clone());
}

/// The list of issues is empty.
pub(super) fn empty_issue_list(response: &mut ServerResponse) {
    change(response, |outcome| outcome["issue"] = json!([]));
}

/// It lacks its last character.
pub(super) fn cut_off(response: &mut ServerResponse) {
    let mut text = String::new();
    change(response, |outcome| text = outcome.to_string());
    if text.pop().is_some() {
        response.body = Some(ResponseBody::Text(text));
    }
}

/// It is sent under another media type.
pub(in crate::reference) fn label(response: &mut ServerResponse, media_type: &str) {
    if response.deed == Deed::Rejected && response.body.is_some() {
        response.set("content-type", media_type);
    }
}

/// It is not sent.
pub(in crate::reference) fn leave_out(response: &mut ServerResponse) {
    if response.deed == Deed::Rejected {
        response.body = None;
    }
}

/// Changes the OperationOutcome of a rejection.
pub(in crate::reference) fn change(response: &mut ServerResponse, change: impl FnOnce(&mut Value)) {
    if response.deed == Deed::Rejected
        && let Some(outcome) = response.resource_mut()
    {
        change(outcome);
    }
}

fn change_issue(response: &mut ServerResponse, act: impl FnOnce(&mut Map<String, Value>)) {
    change(response, |outcome| {
        if let Some(issue) = outcome.pointer_mut("/issue/0").and_then(Value::as_object_mut) {
            act(issue);
        }
    });
}
