//! If-Match, which the vendor demands in one form and the base specification takes in all that HTTP knows.

use super::call::{Call, IfMatchHeader};
use super::choice::IfMatchForms;
use super::clause::Clause;
use super::rejection::{Rejection, shorten};
use super::store::StoredAppointment;
use super::terms::Terms;
use crate::words::fhir::EntityTag;

/// Holds both headers against the current version: If-Match first (RFC 9110 section 13.2.2).
///
/// # Errors
/// As [`check`] and [`check_none`].
pub(super) fn check_both(terms: &Terms, call: &Call, current: Option<&EntityTag>) -> Result<(), Rejection> {
    check(terms, call.if_match(), current)?;
    check_none(terms, &call.if_none_match(), current)
}

/// Holds If-Match against the current version.
///
/// # Errors
/// A vendor's server gives 412 where the header is missing or is anything but one weak tag (VER-04, VER-10, VER-12 to
/// VER-14) and 409 where the version is not the current one (VER-06, VER-07, VER-11). The base specification asks for no
/// If-Match (VER-05), lets `*` and lists match, and gives 412 where nothing matches (VER-08).
pub(super) fn check(terms: &Terms, if_match: IfMatchHeader, current: Option<&EntityTag>) -> Result<(), Rejection> {
    match claimed(terms, if_match)? {
        Some(tags) => is_current(terms, tags, current),
        None => Ok(()),
    }
}

/// Holds If-None-Match against the current version, where it is evaluated at all.
///
/// # Errors
/// 412 where it names the current version, or is an asterisk and there is one (RFC 9110 section 13.1.2).
fn check_none(terms: &Terms, if_none_match: &IfMatchHeader, current: Option<&EntityTag>) -> Result<(), Rejection> {
    let is_named = match if_none_match {
        IfMatchHeader::Missing | IfMatchHeader::Malformed(_) => false,
        IfMatchHeader::Any => current.is_some(),
        IfMatchHeader::Tags(tags) => current.is_some_and(|current| tags.iter().any(|tag| tag.matches(current))),
    };
    terms.require(Clause::NoneMatches, !(terms.promises.if_none_match && is_named), || {
        "If-None-Match names the current version.".to_owned()
    })
}

/// The entity tags that If-Match claims, in a form that is taken; nothing where every version passes.
fn claimed(terms: &Terms, if_match: IfMatchHeader) -> Result<Option<Vec<EntityTag>>, Rejection> {
    let one_weak_tag = terms.choices.if_match_forms == IfMatchForms::OneWeakTag;
    match if_match {
        IfMatchHeader::Missing => {
            let missing = || "If-Match with the current version is required.".to_owned();
            terms.require(Clause::IfMatchPresent, !terms.choices.needs_if_match, missing).map(|()| None)
        }
        IfMatchHeader::Malformed(text) => Err(terms.reject(Clause::IfMatchReadable, not_of_the_form(&text))),
        IfMatchHeader::Any => terms.require(Clause::NoAsterisk, !one_weak_tag, || not_of_the_form("*")).map(|()| None),
        IfMatchHeader::Tags(tags) => {
            let fits = !one_weak_tag || matches!(tags.as_slice(), [tag] if tag.is_weak());
            let texts = || tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            terms.require(Clause::OneWeakTag, fits, || not_of_the_form(&texts()))?;
            Ok(Some(tags))
        }
    }
}

/// FHIR compares weak tags by their opaque parts, against RFC 9110 (reading C-03); a strong tag stays a claim of byte
/// equality that no version of ours can meet (VER-13).
fn is_current(terms: &Terms, mut tags: Vec<EntityTag>, current: Option<&EntityTag>) -> Result<(), Rejection> {
    terms.on_claim(&mut tags, current);
    let counts = |tag: &EntityTag| tag.is_weak() || terms.choices.if_match_forms == IfMatchForms::All;
    let is_met = tags.iter().any(|tag| counts(tag) && current.is_some_and(|current| current.matches(tag)));
    terms.require(Clause::VersionCurrent, is_met, || {
        "If-Match does not name the current version; read the appointment again.".to_owned()
    })
}

/// Whether If-Match names one version that was current before.
pub(super) fn is_outdated(terms: &Terms, if_match: &IfMatchHeader, stored: &StoredAppointment) -> bool {
    let IfMatchHeader::Tags(tags) = if_match else { return false };
    let mut earlier = terms.promises.first_version..stored.version;
    matches!(tags.as_slice(), [tag] if earlier.any(|version| stored.name_of(version) == tag.opaque()))
}

fn not_of_the_form(text: &str) -> String {
    format!("`{}` is not of the form W/\"<current version>\".", shorten(text))
}
