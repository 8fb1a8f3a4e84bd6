//! Checks of versions: entity tags, meta.versionId and the time of the last change.

use super::changes::changed_nothing;
use super::view::CheckView;
use crate::execute::evidence::Exchange;
use crate::judge::bodies::Bodies;
use crate::judge::dates;
use crate::judge::verdict::CheckResult;
use crate::words::fhir::EntityTag;

/// The version that a successful response shows, in its tag or in its body.
pub(in crate::judge) fn version_of<'a>(bodies: &Bodies<'a>, exchange: &'a Exchange) -> Option<String> {
    let received = exchange.received().filter(|received| received.status.is_success())?;
    let tag = received.header("etag").and_then(|tag| tag.parse::<EntityTag>().ok()).map(|tag| tag.opaque().to_owned());
    tag.or_else(|| bodies.json(&received.body)?.get("meta")?.get("versionId")?.as_str().map(str::to_owned))
}

/// A version other than the one before.
pub(super) fn new_version(view: &CheckView<'_, '_>) -> CheckResult {
    // A patch that changes nothing may or may not make a version: no document decides.
    if changed_nothing(view.bodies, view.moving, view.before, view.after) {
        return CheckResult::Void;
    }
    let version = |exchange| version_of(view.bodies, exchange);
    let shown = view.received.header("etag").and_then(|tag| tag.parse::<EntityTag>().ok());
    let after = shown.map(|tag| tag.opaque().to_owned()).or_else(|| view.after.and_then(version));
    match (view.before.and_then(version), after) {
        (Some(before), Some(after)) => {
            CheckResult::of(before != after, format!("another version than {before}"), format!("version {after} again"))
        }
        // A server need not have versions at all; that a success lacks its tag is another rule's matter.
        (None, None) => CheckResult::Void,
        (Some(_), None) | (None, Some(_)) => {
            CheckResult::Undecided("the server does not show the version each time".to_owned())
        }
    }
}

/// The tag is the one that the next read shows.
pub(super) fn tag_is_next_read(view: &CheckView<'_, '_>) -> CheckResult {
    let Some(text) = view.received.header("etag") else { return CheckResult::Void };
    let Ok(tag) = text.parse::<EntityTag>() else { return CheckResult::Void };
    let Some(read) = view.after else { return CheckResult::Undecided("no read followed".to_owned()) };
    let header = read.received().and_then(|received| received.header("etag"));
    if let Some(header) = header
        && !header.parse::<EntityTag>().is_ok_and(|read| read.matches(&tag))
    {
        return CheckResult::Broken {
            expected: format!("ETag {text} in the next read"),
            found: format!("ETag {header}"),
        };
    }
    let version = view
        .bodies
        .resource(Some(read))
        .and_then(|body| body.get("meta")?.get("versionId")?.as_str().map(str::to_owned));
    match version {
        Some(version) => CheckResult::of(
            version == tag.opaque(),
            format!("meta.versionId {} in the next read", tag.opaque()),
            format!("meta.versionId {version}"),
        ),
        None if header.is_some() => CheckResult::Holds,
        None => CheckResult::Undecided("the next read shows no version".to_owned()),
    }
}

/// Last-Modified is the time of the last change, in seconds.
pub(super) fn last_modified(view: &CheckView<'_, '_>) -> CheckResult {
    let Some(text) = view.received.header("last-modified") else { return CheckResult::Void };
    let updated = view
        .bodies
        .resource(view.after)
        .and_then(|body| body.get("meta")?.get("lastUpdated")?.as_str().map(str::to_owned));
    let (Some(header), Some(updated)) = (dates::http_date(text), updated) else { return CheckResult::Void };
    let Some(instant) = dates::instant(&updated) else { return CheckResult::Void };
    CheckResult::of(
        (header - instant).abs() <= 1,
        format!("Last-Modified at meta.lastUpdated ({updated}), give or take a second"),
        format!("Last-Modified `{text}`"),
    )
}
