//! The headers of a PATCH in the model: media types, and what If-Match claims about the version.

use super::allowed::Reason;
use super::state::AppointmentState;
use super::weighing::Weighing;
use crate::suite::contract::Edition;
use crate::words::fhir::{EntityTag, FHIR_JSON, JSON_PATCH};

/// Weighs Accept and Content-Type (HDR-01 to HDR-10).
pub(super) fn media_types(headers: &[(String, String)], weighing: &mut Weighing) {
    match lines(headers, "accept").as_slice() {
        [] => weighing.open(),
        [one] => {
            let members: Vec<String> = one.split(',').map(essence).collect();
            let json =
                |member: &String| member.contains("json") || member.starts_with("*/") || member == "application/*";
            match members.as_slice() {
                [only] if only == FHIR_JSON && !one.contains(';') => {}
                members if members.iter().any(json) => weighing.open(),
                // An empty header, or a text that is no media range, rules nothing out.
                members if members.iter().all(|member| member.contains('/')) => weighing.against("APPT-HDR-04"),
                _ => weighing.open(),
            }
        }
        _ => weighing.open(),
    }
    match lines(headers, "content-type").as_slice() {
        [] => weighing.doubt("APPT-HDR-09"),
        [one] => match essence(one).as_str() {
            JSON_PATCH if *one == JSON_PATCH => {}
            JSON_PATCH | FHIR_JSON | "application/json" | "text/json" => weighing.doubt("APPT-HDR-10"),
            other if other.contains('/') => weighing.against("APPT-HDR-07"),
            _ => weighing.open(),
        },
        _ => weighing.open(),
    }
    if lines(headers, "x-http-method-override").iter().any(|method| !method.eq_ignore_ascii_case("patch")) {
        weighing.open();
    }
}

/// Weighs If-Match (VER-04 to VER-15). The opaque parts of tags are compared (reading C-03).
pub(super) fn if_match(
    edition: Edition,
    state: &AppointmentState,
    headers: &[(String, String)],
    weighing: &mut Weighing,
) {
    let lines = lines(headers, "if-match");
    let text = match lines.as_slice() {
        [] if edition.is_vendor() => return weighing.against("APPT-VER-04"),
        [] => return weighing.doubt("APPT-VER-05"),
        [one] => one.trim(),
        _ => return list(state, &lines.join(", "), weighing),
    };
    if text == "*" {
        return weighing.doubt("APPT-VER-12");
    }
    let Ok(tag) = text.parse::<EntityTag>() else { return list(state, text, weighing) };
    if tag.opaque().is_empty() || tag.opaque().contains([',', '"']) {
        return list(state, text, weighing);
    }
    let current = state.version.as_deref();
    let is_as_given = tag.is_weak() != state.strong;
    match (current == Some(tag.opaque()), is_as_given) {
        (true, true) => {}
        (true, false) => weighing.doubt("APPT-VER-13"),
        (false, _) if current.is_none() => weighing.open(),
        (false, is_as_given) => {
            let known = state.earlier.contains(tag.opaque());
            weighing.against(match (edition, known) {
                (Edition::FhirR4, _) => "APPT-VER-08",
                (Edition::May2019 | Edition::March2024, false) => "APPT-VER-11",
                (Edition::May2019, true) => "APPT-VER-06",
                (Edition::March2024, true) => "APPT-VER-07",
            });
            weighing.also_against("APPT-VER-09");
            if !is_as_given {
                weighing.doubt("APPT-VER-13");
            }
        }
    }
}

/// A list of tags: one that has the current version is open, one that lacks it must not take effect (VER-14, VER-09).
/// What is no list of tags is open (VER-10).
fn list(state: &AppointmentState, text: &str, weighing: &mut Weighing) {
    let tags: Result<Vec<EntityTag>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let Ok(tags) = tags else { return weighing.doubt("APPT-VER-10") };
    if tags.iter().any(|tag| tag.opaque().is_empty()) {
        return weighing.doubt("APPT-VER-10");
    }
    let current = tags.iter().any(|tag| state.version.as_deref() == Some(tag.opaque()));
    if !current && state.version.is_some() {
        weighing.against("APPT-VER-09");
    }
    let case = if current { "list-with-current-tag" } else { "list-without-current-tag" };
    weighing.doubts.extend(Reason::of("APPT-VER-14").map(|reason| Reason { case: Some(case), ..reason }));
}

fn lines<'a>(headers: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
}

/// A media type without parameters, in lower case.
fn essence(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
