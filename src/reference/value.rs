//! Whether the value of a command has the shape the table asks for.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::Rules;
use super::command::Asked;
use super::fault::Fault;
use super::respond::{Issue, Refusal};
use super::variant::Variant;
use crate::suite::contract::{Held, PatchCommand, ValueShape};
use crate::words::fhir::AppointmentStatus;

/// Checks one value; `all` are the commands of the same document, for a period whose ends come apart.
///
/// # Errors
/// 422, with a sentence that names the operation.
pub(super) fn check(rules: &Rules, command: &PatchCommand, value: &Value, all: &[Asked<'_>]) -> Result<(), Refusal> {
    let found = match &command.value {
        ValueShape::AppointmentStatus => status(rules, value),
        ValueShape::ParticipantStatus { among } => participant_status(rules, among, value),
        ValueShape::SlotReferences { exactly } => slot_references(rules, *exactly, value),
        ValueShape::TextConcepts { at_most } => text_concepts(rules, *at_most, value),
        ValueShape::CodedConcept { standard_system, standard_codes, proprietary_prefix, proprietary_suffix } => {
            let known = |system: &str, code: &str| {
                let source = system
                    .strip_prefix(proprietary_prefix.as_str())
                    .and_then(|rest| rest.strip_suffix(proprietary_suffix.as_str()));
                (system == standard_system && standard_codes.iter().any(|own| own == code))
                    || source.is_some_and(|source| !source.is_empty() && !source.contains('/'))
            };
            coded_concept(rules, known, value)
        }
        ValueShape::Link { at_most } => link(rules, *at_most, value),
        ValueShape::DateTime { not_after } => {
            let end = all.iter().find(|other| Some(other.command.name) == *not_after).map(|other| other.value);
            date_time(rules, value, end)
        }
        ValueShape::Extension { url, holds } => extension(rules, url, *holds, value),
        ValueShape::Text => match value.as_str() {
            Some(text) if !text.is_empty() => Ok(()),
            Some(_) | None => Err((Issue::Value, "is not a string with at least one character".to_owned())),
        },
    };
    found.map_err(|(issue, what)| {
        let refusal = Refusal::new(422, issue, format!("The value of `{} {}` {what}.", command.op, command.path));
        // For the patient's participation the page itself says 422 (VAL-18).
        if matches!(command.value, ValueShape::ParticipantStatus { .. }) { refusal.stated() } else { refusal }
    })
}

/// The shape of a value: nothing, or the issue and what is wrong.
type Found = Result<(), (Issue, String)>;

fn wrong(what: impl Into<String>) -> Found {
    Err((Issue::Value, what.into()))
}

fn status(rules: &Rules, value: &Value) -> Found {
    match value.as_str().map(str::parse::<AppointmentStatus>) {
        Some(Ok(_)) => Ok(()),
        Some(Err(_)) if rules.has(Fault::UnknownStatusAccepted) => Ok(()),
        Some(Err(_)) | None => Err((Issue::CodeInvalid, "is no code of Appointment.status".to_owned())),
    }
}

fn participant_status(rules: &Rules, among: &[String], value: &Value) -> Found {
    match value.as_str() {
        Some(text) if among.iter().any(|own| own == text) || rules.has(Fault::AnyPatientStatus) => Ok(()),
        Some(_) | None => Err((Issue::CodeInvalid, format!("is not one of: {}", among.join(", ")))),
    }
}

fn slot_references(rules: &Rules, exactly: usize, value: &Value) -> Found {
    let Some(list) = value.as_array() else { return wrong("is not a list") };
    let counts = list.len() == exactly || (list.len() > exactly && rules.has(Fault::ExtraValuesAccepted));
    if !counts {
        return wrong(format!("has {} references, not {exactly}", list.len()));
    }
    let is_slot = |entry: &Value| {
        let reference = entry.get("reference").and_then(Value::as_str);
        reference.and_then(|reference| reference.strip_prefix("Slot/")).is_some_and(|id| !id.is_empty())
    };
    if list.iter().all(is_slot) { Ok(()) } else { wrong("has an entry that does not refer to a Slot") }
}

fn text_concepts(rules: &Rules, at_most: usize, value: &Value) -> Found {
    let Some(list) = value.as_array() else { return wrong("is not a list") };
    if list.len() > at_most && !rules.has(Fault::ExtraValuesAccepted) {
        return wrong(format!("has {} entries, more than {at_most}", list.len()));
    }
    let has_text = |entry: &Value| entry.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if list.iter().all(has_text) || rules.has(Fault::ReasonWithoutText) {
        Ok(())
    } else {
        wrong("has an entry without `text`")
    }
}

fn coded_concept(rules: &Rules, known: impl Fn(&str, &str) -> bool, value: &Value) -> Found {
    if !value.is_object() {
        return wrong("is not a CodeableConcept");
    }
    let codings = value.get("coding").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let coding = match codings {
        [coding] => coding,
        [coding, ..] if rules.has(Fault::ExtraValuesAccepted) => coding,
        [] if rules.has(Fault::CancelationWithoutCoding) => return Ok(()),
        _ => return wrong(format!("has {} codings, not 1", codings.len())),
    };
    let text = |name: &str| coding.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text("system"), text("code")) {
        (Some(system), Some(code)) if known(system, code) => Ok(()),
        (Some(_), Some(_)) if rules.has(Fault::AnyCodeSystem) => Ok(()),
        (Some(_), Some(_)) => Err((Issue::CodeInvalid, "has a coding that is in no accepted code system".to_owned())),
        (_, _) => wrong("has a coding without `system` and `code`"),
    }
}

/// The contract speaks only of the length; a text that is no URL is refused because no one could follow it (VAL-17).
fn link(rules: &Rules, at_most: usize, value: &Value) -> Found {
    let Some(text) = value.as_str() else { return wrong("is not a string") };
    let most = match () {
        () if rules.has(Fault::UrlLengthOffByOne) => at_most + 1,
        () if rules.has(Fault::UrlLengthTooStrict) => at_most.saturating_sub(1),
        () => at_most,
    };
    let length = text.chars().count();
    if length > most {
        return wrong(format!("has {length} characters, more than {most}"));
    }
    let is_url = text.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !rest.is_empty()
    });
    if (is_url && !text.contains(char::is_whitespace)) || (!text.is_empty() && rules.is(Variant::AnyLink)) {
        Ok(())
    } else {
        wrong("is not a URL")
    }
}

fn date_time(rules: &Rules, value: &Value, end: Option<&Value>) -> Found {
    if rules.has(Fault::AnyPeriod) && value.is_string() {
        return Ok(());
    }
    let Some(start) = value.as_str().and_then(begins) else { return wrong("is not a dateTime") };
    match end.and_then(Value::as_str).and_then(begins) {
        Some(end) if end < start && !rules.has(Fault::PeriodBackwards) => wrong("lies after the end of the period"),
        Some(_) | None => Ok(()),
    }
}

/// The first instant of a FHIR dateTime, in UTC where it has no time zone; `None` where it is none.
pub(super) fn begins(text: &str) -> Option<Timestamp> {
    let shape: String =
        text.chars().map(|character| if character.is_ascii_digit() { '9' } else { character }).collect();
    let day = match shape.as_str() {
        "9999" => format!("{text}-01-01"),
        "9999-99" => format!("{text}-01"),
        "9999-99-99" => text.to_owned(),
        _ => {
            let time = shape.strip_prefix("9999-99-99T99:99:99")?;
            let zone = match time.strip_prefix('.') {
                Some(fraction) => fraction.trim_start_matches('9'),
                None => time,
            };
            return if matches!(zone, "Z" | "+99:99" | "-99:99") { text.parse().ok() } else { None };
        }
    };
    let day: Date = day.parse().ok()?;
    format!("{day}T00:00:00Z").parse().ok()
}

fn extension(rules: &Rules, url: &str, holds: Held, value: &Value) -> Found {
    let Some(list) = value.as_array() else { return wrong("is not a list of Extension") };
    let extension = match list.as_slice() {
        [extension] => extension,
        [extension, ..] if rules.has(Fault::ExtraValuesAccepted) => extension,
        _ => return wrong(format!("has {} entries, not 1", list.len())),
    };
    if extension.get("url").and_then(Value::as_str) != Some(url) {
        return wrong(format!("has an extension with another URL than {url}"));
    }
    let holds_it = match (extension.get(holds.member()), holds) {
        (Some(Value::String(text)), Held::String) => !text.is_empty(),
        (Some(Value::Object(concept)), Held::CodeableConcept) => !concept.is_empty(),
        (Some(_) | None, _) => false,
    };
    if holds_it { Ok(()) } else { wrong(format!("has an extension without {}", holds.member())) }
}
