//! Checks of a response and of the appointment: header names, JSON Pointers, members and codes that they name.

use serde_json::Value;

use crate::suite::contract::Edition;
use crate::suite::scenario::{Check, Each, Placeholder, StepCheck, mentions};
use crate::words::fhir::ISSUE_CODES;
use crate::words::yaml::{Node, Span};

use super::known::KnownNames;
use super::page::{CheckedFile, under};
use super::placeholders;

/// What is bound where a check stands.
pub(super) struct Surroundings<'a> {
    pub bound: &'a [Placeholder],
    /// The family whose values stand for `$each`.
    pub each: Option<&'a Each>,
}

/// Header names in common use. Others are taken as they are, unless they are nearly one of these.
pub(super) const HEADERS: [&str; 48] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-patch",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "content-type",
    "date",
    "etag",
    "expect",
    "expires",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-exist",
    "if-none-match",
    "if-unmodified-since",
    "last-modified",
    "location",
    "opc-request-id",
    "origin",
    "pragma",
    "prefer",
    "preference-applied",
    "retry-after",
    "server",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-correlation-id",
    "x-http-method-override",
    "x-request-id",
];

/// Adds the problems of one check of a step that is used in these editions.
pub(super) fn step_check(
    page: &mut CheckedFile<'_>,
    known: &KnownNames<'_>,
    (check, node): (&StepCheck, &Node),
    editions: &[Edition],
    surroundings: &Surroundings<'_>,
) {
    let named = check.editions.as_deref().unwrap_or(editions);
    for (edition, place) in check.editions.iter().flatten().zip(under(node, "editions").items()) {
        if !editions.contains(edition) && !editions.is_empty() {
            let expected = editions.iter().map(|edition| edition.id()).collect::<Vec<_>>().join(", ");
            page.wrong(place.span, format!("the check is never used in {edition}"), expected);
        }
    }
    for (id, place) in check.verifies.iter().zip(under(node, "verifies").items()) {
        let exists = known.has_requirement(id.as_str());
        if exists && !named.is_empty() && !named.iter().any(|edition| known.stands(id, *edition)) {
            let message = format!("`{id}` stands in no edition in which the check is used");
            page.wrong(place.span, message, "a requirement of one of the editions");
        }
    }
    self::check(page, known, (&check.check, under(node, "check")), surroundings);
}

fn issue_codes(page: &mut CheckedFile<'_>, codes: &[String], takes: &Node) {
    for (code, place) in codes.iter().zip(under(takes, "code").items()) {
        if !ISSUE_CODES.contains(&code.as_str()) {
            page.unknown(place.span, "issue code", code, ISSUE_CODES, "a code of the value set issue-type");
        }
    }
}

/// Adds the problems of one check.
pub(super) fn check(
    page: &mut CheckedFile<'_>,
    known: &KnownNames<'_>,
    (check, node): (&Check, &Node),
    surroundings: &Surroundings<'_>,
) {
    // The one key of the mapping names the check; below it stands what it takes.
    let takes = node.entries().first().map_or(node, |(_, _, value)| value);
    match check {
        Check::Header(header) => lower_case(page, under(takes, "name").span, &header.name),
        Check::NotLater { earlier, later, .. } => {
            lower_case(page, under(takes, "earlier").span, earlier);
            lower_case(page, under(takes, "later").span, later);
        }
        Check::Outcome(outcome) => issue_codes(page, &outcome.code, takes),
        Check::After(_) => members(page, known, takes, Some("Appointment"), surroundings),
        Check::BodyHas(_) => members(page, known, takes, None, surroundings),
        Check::AfterAbsent(_) | Check::OnlyChanged(_) | Check::Changed(_) => {
            for item in takes.items() {
                placeholders::check(page, item, &[]);
                pointer(page, known, (item.span, item.text().unwrap_or_default()), Some("Appointment"), surroundings);
            }
        }
        Check::OnlyNamed(rule) => {
            let (besides, follows) = (under(takes, "besides"), under(takes, "follows"));
            let derived = follows.entries().iter().flat_map(|(_, _, derived)| derived.items());
            for item in besides.items().iter().chain(derived) {
                pointer(page, known, (item.span, item.text().unwrap_or_default()), Some("Appointment"), surroundings);
            }
            for cause in rule.follows.keys() {
                pointer(page, known, (follows.span, cause), Some("Appointment"), surroundings);
            }
        }
        Check::AfterContains(_) | Check::AfterLacks(_) => {
            placeholders::check(page, takes, surroundings.bound);
            parts(page, known, takes);
        }
        Check::Body(_)
        | Check::Json(_)
        | Check::SameContent
        | Check::HasEffect
        | Check::IdOfUrl
        | Check::LastUpdatedMoves
        | Check::LastUpdatedForwards
        | Check::GetsResponse(_)
        | Check::NoServerFailure
        | Check::ReadsAreFresh
        | Check::NewVersion
        | Check::TagIsNextRead
        | Check::TagAccepted(_)
        | Check::TagsUnique
        | Check::Resource(_)
        | Check::Served(_)
        | Check::LastModifiedIsLastUpdated
        | Check::EchoesRequestId
        | Check::NarrativeNamesStatus
        | Check::DeclaresPatch
        | Check::DeclaresPatchFormat
        | Check::WorksAsDeclared
        | Check::Status { .. }
        | Check::Unchanged
        | Check::ControlAccepted
        | Check::BystanderUnchanged
        | Check::EntirelyOldOrNew => {}
    }
}

/// Adds that a header name is nearly one in common use, if it is.
pub(super) fn header_name(page: &mut CheckedFile<'_>, span: Span, name: &str) {
    if !HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        page.slip(span, "header", name, HEADERS);
    }
}

/// A header name as checks have it.
fn lower_case(page: &mut CheckedFile<'_>, span: Span, name: &str) {
    let lower = name.to_ascii_lowercase();
    if lower != name {
        page.wrong(span, format!("the header name `{name}` is not in lower case"), format!("`{lower}`"));
    }
    header_name(page, span, name);
}

/// A JSON Pointer into a resource, with every value of `$each` in its place.
pub(super) fn pointer(
    page: &mut CheckedFile<'_>,
    known: &KnownNames<'_>,
    (span, pointer): (Span, &str),
    root: Option<&str>,
    surroundings: &Surroundings<'_>,
) {
    let each = surroundings.each.into_iter().flat_map(|each| each.values()).filter_map(Value::as_str);
    let written: Vec<String> = match mentions(pointer).next() {
        None => vec![pointer.to_owned()],
        Some(_) => each.map(|value| pointer.replace("$each", value)).collect(),
    };
    for pointer in written.iter().filter(|pointer| mentions(pointer).next().is_none()) {
        if let Err(astray) = known.contract.tables.resources.follow(root, pointer) {
            page.wrong(span, astray.message, astray.expected);
        }
    }
}

fn members(
    page: &mut CheckedFile<'_>,
    known: &KnownNames<'_>,
    takes: &Node,
    root: Option<&str>,
    surroundings: &Surroundings<'_>,
) {
    placeholders::check(page, takes, surroundings.bound);
    for (name, span, value) in takes.entries() {
        pointer(page, known, (*span, name), root, surroundings);
        parts(page, known, value);
    }
}

/// The members of an object that is looked for: each is a member of some type.
fn parts(page: &mut CheckedFile<'_>, known: &KnownNames<'_>, node: &Node) {
    for item in node.items() {
        parts(page, known, item);
    }
    for (name, span, value) in node.entries() {
        let plain = name.strip_prefix('_').unwrap_or(name);
        if mentions(name).next().is_none() && !known.contract.tables.resources.members().any(|member| member == plain) {
            let expected = "a member of a type in scenarios/contract/resources.yaml";
            page.unknown(*span, "member", name, known.contract.tables.resources.members(), expected);
        }
        parts(page, known, value);
    }
}
