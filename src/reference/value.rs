//! Whether the value of a command has the shape the table asks for.

use serde_json::Value;

use super::clause::{Clause, ValueClause};
use super::date::begins;
use super::given::GivenCommand;
use super::rejection::Rejection;
use super::terms::Terms;
use crate::suite::contract::{Held, ValueShape};
use crate::words::fhir::AppointmentStatus;

/// Checks one value; `all` are the commands of the same document, for a period whose ends come apart.
///
/// # Errors
/// 422, with a sentence that names the operation.
pub(super) fn check(terms: &Terms, given: GivenCommand<'_>, all: &[GivenCommand<'_>]) -> Result<(), Rejection> {
    let sheet = ValueSheet { terms, given };
    match &given.command.value {
        ValueShape::AppointmentStatus => status(sheet),
        ValueShape::ParticipantStatus { among } => participant_status(sheet, among),
        ValueShape::SlotReferences { exactly } => slot_references(sheet, *exactly),
        ValueShape::TextConcepts { at_most } => text_concepts(sheet, *at_most),
        ValueShape::CodedConcept { standard_system, standard_codes, proprietary_prefix, proprietary_suffix } => {
            let known = |system: &str, code: &str| {
                let source = system
                    .strip_prefix(proprietary_prefix.as_str())
                    .and_then(|rest| rest.strip_suffix(proprietary_suffix.as_str()));
                (system == standard_system && standard_codes.iter().any(|standard| standard == code))
                    || source.is_some_and(|source| !source.is_empty() && !source.contains('/'))
            };
            coded_concept(sheet, known)
        }
        ValueShape::Link { at_most } => link(sheet, *at_most),
        ValueShape::DateTime { not_after } => {
            let end = all.iter().find(|other| Some(other.command.name) == *not_after).map(|other| other.value);
            date_time(sheet, end)
        }
        ValueShape::Extension { url, holds } => extension(sheet, url, *holds),
        ValueShape::Text => {
            let text = sheet.text(ValueClause::JsonType, "is not a string with at least one character")?;
            sheet.require(ValueClause::TextNotEmpty, !text.is_empty(), || {
                "is not a string with at least one character".to_owned()
            })
        }
    }
}

/// The value of one command, under examination.
#[derive(Clone, Copy)]
struct ValueSheet<'a> {
    terms: &'a Terms,
    given: GivenCommand<'a>,
}

impl<'a> ValueSheet<'a> {
    fn require(self, clause: ValueClause, is_kept: bool, what: impl FnOnce() -> String) -> Result<(), Rejection> {
        self.terms.require(Clause::CommandValue(clause), is_kept, || self.sentence(&what()))
    }

    fn reject(self, clause: ValueClause, what: &str) -> Rejection {
        self.terms.reject(Clause::CommandValue(clause), self.sentence(what))
    }

    /// The value as a string.
    fn text(self, clause: ValueClause, otherwise: &str) -> Result<&'a str, Rejection> {
        self.given.value.as_str().ok_or_else(|| self.reject(clause, otherwise))
    }

    /// The value as a list.
    fn list(self, otherwise: &str) -> Result<&'a [Value], Rejection> {
        let list = self.given.value.as_array().map(Vec::as_slice);
        list.ok_or_else(|| self.reject(ValueClause::JsonType, otherwise))
    }

    fn sentence(self, what: &str) -> String {
        format!("The value of {} {what}.", self.given.title())
    }
}

/// A code of the value set (TRN-15); which of them the edition supports is a matter of the transition table.
fn status(sheet: ValueSheet<'_>) -> Result<(), Rejection> {
    let otherwise = "is no code of Appointment.status";
    let text = sheet.text(ValueClause::StatusIsText, otherwise)?;
    let is_known = text.parse::<AppointmentStatus>().is_ok();
    sheet.require(ValueClause::StatusKnown, is_known, || otherwise.to_owned())
}

/// One of the listed participations (VAL-18).
fn participant_status(sheet: ValueSheet<'_>, among: &[String]) -> Result<(), Rejection> {
    let otherwise = format!("is not one of: {}", among.join(", "));
    let text = sheet.text(ValueClause::ParticipationIsText, &otherwise)?;
    let is_listed = among.iter().any(|listed| listed == text);
    sheet.require(ValueClause::ParticipationListed, is_listed, || otherwise)
}

/// So many references to slots (VAL-01 to VAL-03).
fn slot_references(sheet: ValueSheet<'_>, exactly: usize) -> Result<(), Rejection> {
    let list = sheet.list("is not a list")?;
    let count = || format!("has {} references, not {exactly}", list.len());
    sheet.require(ValueClause::EnoughEntries, list.len() >= exactly, count)?;
    sheet.require(ValueClause::NoExtraEntries, list.len() <= exactly, count)?;
    let is_slot = |entry: &Value| {
        let reference = entry.get("reference").and_then(Value::as_str);
        reference.and_then(|reference| reference.strip_prefix("Slot/")).is_some_and(|id| !id.is_empty())
    };
    sheet.require(ValueClause::RefersToSlot, list.iter().all(is_slot), || {
        "has an entry that does not refer to a Slot".to_owned()
    })
}

/// A booking reason: a text, whose coding is ignored (VAL-05 to VAL-08).
fn text_concepts(sheet: ValueSheet<'_>, at_most: usize) -> Result<(), Rejection> {
    let list = sheet.list("is not a list")?;
    sheet.require(ValueClause::NoExtraEntries, list.len() <= at_most, || {
        format!("has {} entries, more than {at_most}", list.len())
    })?;
    let has_text = |entry: &Value| entry.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    sheet.require(ValueClause::ReasonHasText, list.iter().all(has_text), || "has an entry without `text`".to_owned())
}

/// A cancelation reason: one coding of a known system (VAL-09 to VAL-12).
fn coded_concept(sheet: ValueSheet<'_>, known: impl Fn(&str, &str) -> bool) -> Result<(), Rejection> {
    let Some(concept) = sheet.given.value.as_object() else {
        return Err(sheet.reject(ValueClause::JsonType, "is not a CodeableConcept"));
    };
    let codings = concept.get("coding").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let count = || format!("has {} codings, not 1", codings.len());
    sheet.require(ValueClause::HasCoding, !codings.is_empty(), count)?;
    sheet.require(ValueClause::NoExtraEntries, codings.len() <= 1, count)?;
    let Some(coding) = codings.first() else { return Ok(()) };
    let text = |name: &str| coding.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some((system, code)) = text("system").zip(text("code")) else {
        return Err(sheet.reject(ValueClause::CodingComplete, "has a coding without `system` and `code`"));
    };
    sheet.require(ValueClause::CodingKnown, known(system, code), || {
        "has a coding that is in no accepted code system".to_owned()
    })
}

/// The contract gives only the length (VAL-13); a text that is no URL is rejected because no one could follow it (VAL-17).
fn link(sheet: ValueSheet<'_>, at_most: usize) -> Result<(), Rejection> {
    let text = sheet.text(ValueClause::JsonType, "is not a string")?;
    let length = text.chars().count();
    sheet.require(ValueClause::LinkLength, length <= at_most, || {
        format!("has {length} characters, more than {at_most}")
    })?;
    let is_url = text.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !rest.is_empty()
    });
    let otherwise = || "is not a URL".to_owned();
    sheet.require(ValueClause::LinkNotEmpty, !text.is_empty(), otherwise)?;
    sheet.require(ValueClause::LinkIsUrl, is_url && !text.contains(char::is_whitespace), otherwise)
}

/// One end of the period of a link, not after the other (VAL-15, VAL-16).
fn date_time(sheet: ValueSheet<'_>, end: Option<&Value>) -> Result<(), Rejection> {
    let otherwise = "is not a dateTime";
    let text = sheet.text(ValueClause::JsonType, otherwise)?;
    let (start, end) = (begins(text), end.and_then(Value::as_str).and_then(begins));
    sheet.require(ValueClause::IsDateTime, start.is_some(), || otherwise.to_owned())?;
    let runs_forwards = start.zip(end).is_none_or(|(start, end)| start <= end);
    sheet.require(ValueClause::PeriodForwards, runs_forwards, || "lies after the end of the period".to_owned())
}

/// One extension of this URL, with a value of this kind (VAL-19 to VAL-22).
fn extension(sheet: ValueSheet<'_>, url: &str, holds: Held) -> Result<(), Rejection> {
    let list = sheet.list("is not a list of Extension")?;
    let count = || format!("has {} entries, not 1", list.len());
    let Some(extension) = list.first() else { return Err(sheet.reject(ValueClause::EnoughEntries, &count())) };
    sheet.require(ValueClause::NoExtraEntries, list.len() == 1, count)?;
    let has_url = extension.get("url").and_then(Value::as_str) == Some(url);
    sheet.require(ValueClause::ExtensionUrl, has_url, || format!("has an extension with another URL than {url}"))?;
    let holds_it = match (extension.get(holds.member()), holds) {
        (Some(Value::String(text)), Held::String) => !text.is_empty(),
        (Some(Value::Object(concept)), Held::CodeableConcept) => !concept.is_empty(),
        (Some(_) | None, _) => false,
    };
    sheet.require(ValueClause::ExtensionValue, holds_it, || format!("has an extension without {}", holds.member()))
}
