//! If-Match, which the vendor demands in one form and the base specification takes in all that HTTP knows.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;

use super::Rules;
use super::fault::Fault;
use super::negotiate::joined;
use super::respond::{Issue, Refusal, shorten};
use super::variant::Variant;
use crate::words::fhir::EntityTag;

/// What a request says in If-Match. Several header lines are one list (RFC 9110 section 5.3).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum IfMatch {
    Missing,
    /// `*`
    Any,
    Tags(Vec<EntityTag>),
    Malformed(String),
    /// Already judged; only the fault `write-after-check` makes it.
    Settled,
}

impl IfMatch {
    /// Reads the header.
    pub(super) fn read(headers: &HeaderMap) -> IfMatch {
        let Some(text) = joined(headers, &IF_MATCH) else { return IfMatch::Missing };
        if text.trim() == "*" {
            return IfMatch::Any;
        }
        let tags: Result<Vec<EntityTag>, String> = elements(&text).map(str::parse).collect();
        match tags {
            // An empty tag is good HTTP but carries no version: FHIR ids have at least one character (VER-10).
            Ok(tags) if !tags.is_empty() && tags.iter().all(|tag| !tag.opaque().is_empty()) => IfMatch::Tags(tags),
            Ok(_) | Err(_) => IfMatch::Malformed(text),
        }
    }
}

/// Judges If-Match against the current version.
///
/// # Errors
/// A vendor answers 412 where the header is missing or is anything but one weak tag (VER-04, VER-10, VER-12 to VER-14)
/// and 409 where the version is not the current one (VER-06, VER-07, VER-11). The base specification asks for no
/// If-Match (VER-05), lets `*` and lists match, and answers 412 where nothing matches (VER-08).
pub(super) fn check(rules: &Rules, if_match: &IfMatch, current: Option<&EntityTag>) -> Result<(), Refusal> {
    let vendor = rules.edition.is_vendor();
    let strict = if vendor { !rules.is(Variant::LenientIfMatch) } else { rules.is(Variant::StrictIfMatch) };
    match if_match {
        IfMatch::Settled => Ok(()),
        IfMatch::Missing if (!vendor && !strict) || rules.has(Fault::AcceptMissingIfMatch) => Ok(()),
        IfMatch::Missing => {
            let status = if !vendor || rules.has(Fault::MissingAnswersBaseCode) { 400 } else { 412 };
            Err(Refusal::new(status, Issue::Required, "If-Match with the current version is required.".to_owned()))
        }
        IfMatch::Malformed(text) => Err(not_of_the_form(text)),
        IfMatch::Any if strict => Err(not_of_the_form("*")),
        IfMatch::Any => Ok(()),
        IfMatch::Tags(tags) => {
            if strict && !matches!(tags.as_slice(), [tag] if tag.is_weak()) {
                let texts: Vec<_> = tags.iter().map(ToString::to_string).collect();
                return Err(not_of_the_form(&texts.join(", ")));
            }
            // FHIR compares weak tags by their opaque parts, against RFC 9110 (reading C-03); a strong tag stays a claim
            // of byte equality that no version of ours can meet (VER-13).
            let matches = |tag: &EntityTag| {
                (tag.is_weak() || rules.is(Variant::LenientIfMatch))
                    && !rules.has(Fault::WeakTagsNeverMatch)
                    && current.is_some_and(|current| current.matches(tag))
            };
            let later = |tag: &EntityTag| {
                let number = |tag: &EntityTag| tag.opaque().parse::<u64>().ok();
                number(tag).zip(current.and_then(number)).is_some_and(|(own, current)| own > current)
            };
            let passes = rules.has(Fault::VersionsComparedAsNumbers) && tags.iter().any(later);
            if passes || tags.iter().any(matches) || rules.has(Fault::IgnoreIfMatch) {
                return Ok(());
            }
            let status = match (vendor, rules.has(Fault::StaleAnswersBaseCode)) {
                (true, false) => 409,
                (false, _) if rules.is(Variant::StaleAnswers409) => 409,
                (true, true) | (false, false) => 412,
                (false, true) => 400,
            };
            let message = "If-Match does not name the current version; read the appointment again.".to_owned();
            Err(Refusal::new(status, Issue::Conflict, message))
        }
    }
}

fn not_of_the_form(text: &str) -> Refusal {
    let message = format!("`{}` is not of the form W/\"<current version>\".", shorten(text));
    Refusal::new(412, Issue::Conflict, message)
}

/// The elements of a comma-separated list; a comma inside quotes belongs to its element, empty elements do not count.
fn elements(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .map(str::trim)
    .filter(|element| !element.is_empty())
}
