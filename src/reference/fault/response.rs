//! Faults in responses other than the OperationOutcome of a rejection.

use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;

use crate::reference::call::Return;
use crate::reference::clause::Issue;
use crate::reference::response::{Deed, ResponseBody, ServerResponse, http_date, outcome};

/// An accepted PATCH has another status code.
pub(super) fn change_success(response: &mut ServerResponse, status: u16) {
    if is_patched(response) {
        response.status = status;
    }
}

/// An accepted PATCH carries an OperationOutcome that nobody asked for.
pub(super) fn carry_outcome(response: &mut ServerResponse) {
    if matches!(response.deed, Deed::Patched { wanted: None, .. }) {
        let outcome = outcome("information", Issue::Informational, "The change was made.");
        response.body = Some(ResponseBody::Json(outcome));
    }
}

/// The appointment that a PATCH returns is the one before it.
pub(super) fn carry_stale_body(response: &mut ServerResponse) {
    if let Deed::Patched { wanted: None | Some(Return::Representation), before } = &response.deed
        && response.body.is_some()
    {
        response.body = Some(ResponseBody::Json(before.clone()));
    }
}

/// What an accepted PATCH returns has another media type.
pub(super) fn label_success(response: &mut ServerResponse, media_type: &str) {
    if is_patched(response) && response.body.is_some() {
        response.set("content-type", media_type);
    }
}

/// The entity tag of an accepted PATCH is made of its version in another way, or left out.
pub(super) fn change_tag(response: &mut ServerResponse, change: impl FnOnce(&str) -> Option<String>) {
    if is_patched(response) {
        let tag = response.headers.remove("etag");
        let version = tag.as_ref().and_then(|tag| tag.to_str().ok()?.strip_prefix("W/\"")?.strip_suffix('"'));
        if let Some(tag) = version.and_then(change) {
            response.set("etag", &tag);
        }
    }
}

/// A read shows neither ETag nor meta.versionId.
pub(super) fn hide_version_of_read(response: &mut ServerResponse) {
    if response.deed == Deed::Read {
        response.headers.remove("etag");
        let meta = response.resource_mut().and_then(|resource| resource.get_mut("meta"));
        if let Some(meta) = meta.and_then(Value::as_object_mut) {
            meta.remove("versionId");
        }
    }
}

/// A read shows its own time as that of the last change.
pub(super) fn stamp_read(response: &mut ServerResponse) {
    if response.deed == Deed::Read
        && let Some(resource) = response.resource_mut()
    {
        resource["meta"]["lastUpdated"] = Value::from(format!("{:.6}", Timestamp::now()));
    }
}

/// A read shows the appointment under another id.
pub(super) fn show_other_id(response: &mut ServerResponse) {
    if response.deed == Deed::Read
        && let Some(resource) = response.resource_mut()
        && let Some(id) = resource.get("id").and_then(Value::as_str).map(|id| format!("other-{id}"))
    {
        resource["id"] = Value::from(id);
    }
}

/// A rejection does not say which methods are allowed.
pub(super) fn hide_allow_of_rejection(response: &mut ServerResponse) {
    if response.deed == Deed::Rejected {
        response.headers.remove("allow");
    }
}

/// The Last-Modified of an accepted PATCH lies an hour ahead.
pub(super) fn put_last_modified_ahead(response: &mut ServerResponse) {
    let modified = response.headers.get("last-modified").and_then(|date| date.to_str().ok());
    let modified = modified.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    let ahead = modified.and_then(|when| when.checked_add(Duration::from_secs(3600)).ok());
    if let (true, Some(ahead)) = (is_patched(response), ahead) {
        response.set("last-modified", &http_date(ahead));
    }
}

/// A byte order mark stands before the JSON.
pub(super) fn put_mark(response: &mut ServerResponse) {
    if let Some(resource) = response.resource_mut() {
        let text = format!("\u{feff}{resource}");
        response.body = Some(ResponseBody::Text(text));
    }
}

/// The first member of a resource stands there twice.
pub(super) fn repeat_member(response: &mut ServerResponse) {
    let Some(resource) = response.resource_mut() else { return };
    let text = resource.to_string();
    let first = resource.as_object().and_then(|members| members.iter().next());
    if let (Some((name, member)), Some(rest)) = (first, text.strip_prefix('{')) {
        let text = format!("{{{}:{member},{rest}", Value::from(name.as_str()));
        response.body = Some(ResponseBody::Text(text));
    }
}

/// An accepted PATCH has no Last-Modified.
pub(super) fn hide_last_modified(response: &mut ServerResponse) {
    if is_patched(response) {
        response.headers.remove("last-modified");
    }
}

/// The CapabilityStatement does not mention PATCH.
pub(super) fn hide_patch_capability(response: &mut ServerResponse) {
    if response.deed != Deed::Statement {
        return;
    }
    let Some(statement) = response.resource_mut() else { return };
    if let Some(interactions) = statement.pointer_mut("/rest/0/resource/0/interaction").and_then(Value::as_array_mut) {
        interactions.retain(|interaction| interaction["code"] != "patch");
    }
    if let Some(members) = statement.as_object_mut() {
        members.remove("patchFormat");
    }
}

/// No response carries the headers of cross-origin resource sharing.
pub(super) fn without_cors(headers: &mut HeaderMap) {
    for name in [
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-max-age",
    ] {
        headers.remove(name);
    }
}

fn is_patched(response: &ServerResponse) -> bool {
    matches!(response.deed, Deed::Patched { .. })
}
