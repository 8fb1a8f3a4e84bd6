//! The value of a vendor's command in the model: which requirement a value breaks, or leaves open.

use serde_json::Value;

use crate::suite::contract::{Held, PatchCommand, PatchOp, ValueShape};
use crate::words::fhir::AppointmentStatus;

/// What is to be said of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueFinding {
    Right,
    /// This requirement forbids it.
    Wrong(&'static str),
    /// This requirement leaves it open.
    Open(&'static str),
}

/// Weighs the value of a command; `end` is the value of the command that ends the same period.
pub(super) fn weigh(command: &PatchCommand, value: &Value, end: Option<&Value>) -> ValueFinding {
    match &command.value {
        ValueShape::AppointmentStatus => match value.as_str().map(str::parse::<AppointmentStatus>) {
            Some(Ok(_)) => ValueFinding::Right,
            Some(Err(_)) | None => ValueFinding::Wrong("APPT-TRN-15"),
        },
        ValueShape::ParticipantStatus { among } => match value.as_str() {
            Some(text) if among.iter().any(|status| status == text) => ValueFinding::Right,
            Some(_) | None => ValueFinding::Wrong("APPT-VAL-18"),
        },
        ValueShape::SlotReferences { exactly } => slots(command.op, *exactly, value),
        ValueShape::TextConcepts { at_most } => concepts(*at_most, value),
        ValueShape::CodedConcept { standard_system, standard_codes, .. } => {
            coded(standard_system, standard_codes, value)
        }
        ValueShape::Link { at_most } => match value.as_str() {
            None => ValueFinding::Wrong("APPT-VAL-25"),
            Some(text) if text.chars().count() > *at_most => ValueFinding::Wrong("APPT-VAL-13"),
            Some(text) if text.starts_with("https://") && text.is_ascii() => ValueFinding::Right,
            Some(_) => ValueFinding::Open("APPT-VAL-17"),
        },
        ValueShape::DateTime { .. } => period(value, end),
        ValueShape::Extension { url, holds } => extension(url, *holds, value),
        ValueShape::Text => match value.as_str() {
            Some("") => ValueFinding::Open("APPT-VAL-22"),
            Some(_) => ValueFinding::Right,
            None => ValueFinding::Wrong("APPT-VAL-22"),
        },
    }
}

fn slots(op: PatchOp, exactly: usize, value: &Value) -> ValueFinding {
    let Some(list) = value.as_array() else { return ValueFinding::Wrong("APPT-VAL-03") };
    if list.len() != exactly {
        return ValueFinding::Wrong(if op == PatchOp::Add { "APPT-VAL-01" } else { "APPT-VAL-02" });
    }
    let refers = |entry: &Value| {
        entry.get("reference").and_then(Value::as_str).is_some_and(|text| text.strip_prefix("Slot/").is_some())
    };
    if list.iter().all(refers) { ValueFinding::Right } else { ValueFinding::Wrong("APPT-VAL-03") }
}

fn concepts(at_most: usize, value: &Value) -> ValueFinding {
    let Some(list) = value.as_array() else { return ValueFinding::Wrong("APPT-VAL-25") };
    if list.len() > at_most {
        return ValueFinding::Wrong("APPT-VAL-05");
    }
    let text = |entry: &Value| entry.get("text").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    if list.iter().all(text) { ValueFinding::Right } else { ValueFinding::Wrong("APPT-VAL-06") }
}

fn coded(system: &str, codes: &[String], value: &Value) -> ValueFinding {
    if !value.is_object() {
        return ValueFinding::Wrong("APPT-VAL-25");
    }
    let codings = value.get("coding").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let coding = match codings {
        [] => return ValueFinding::Wrong("APPT-VAL-11"),
        [one] => one,
        _ => return ValueFinding::Wrong("APPT-VAL-09"),
    };
    let text = |name: &str| coding.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text("system"), text("code")) {
        (Some(given), Some(code)) if given == system && codes.iter().any(|known| known == code) => ValueFinding::Right,
        // Codes of the target's own set are known only to the target; what becomes of others no document says.
        _ => ValueFinding::Open("APPT-VAL-10"),
    }
}

fn period(value: &Value, end: Option<&Value>) -> ValueFinding {
    let Some(text) = value.as_str() else { return ValueFinding::Wrong("APPT-VAL-25") };
    // Only full instants are compared; a date without a time may be read in any zone.
    let Ok(start) = text.parse::<jiff::Timestamp>() else {
        let dated = text.bytes().take(4).filter(u8::is_ascii_digit).count() == 4;
        return if dated { ValueFinding::Open("APPT-VAL-15") } else { ValueFinding::Wrong("APPT-VAL-15") };
    };
    match end.and_then(Value::as_str).and_then(|text| text.parse::<jiff::Timestamp>().ok()) {
        Some(end) if end < start => ValueFinding::Wrong("APPT-VAL-16"),
        Some(_) | None => ValueFinding::Right,
    }
}

fn extension(url: &str, holds: Held, value: &Value) -> ValueFinding {
    let (count, form) = match holds {
        Held::String => ("APPT-VAL-19", "APPT-VAL-20"),
        Held::CodeableConcept => ("APPT-VAL-21", "APPT-VAL-21"),
    };
    let Some(list) = value.as_array() else { return ValueFinding::Open(form) };
    let [one] = list.as_slice() else {
        return if holds == Held::String { ValueFinding::Wrong(count) } else { ValueFinding::Open(count) };
    };
    let held = one.get(holds.member());
    let right = one.get("url").and_then(Value::as_str) == Some(url)
        && match holds {
            Held::String => held.and_then(Value::as_str).is_some_and(|text| !text.is_empty()),
            Held::CodeableConcept => {
                held.is_some_and(|concept| concept.as_object().is_some_and(|members| !members.is_empty()))
            }
        };
    if right { ValueFinding::Right } else { ValueFinding::Open(form) }
}
