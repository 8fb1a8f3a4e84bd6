//! The model against the contract's own tables: every cell of the transitions, every row of the situations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use super::{Allowed, AllowedOutcome, AppointmentState, PatchRequest, step};
use crate::suite::contract::{Cell, Edition, tables};
use crate::words::fhir::AppointmentStatus;

mod limits;

const TYPES: [(&str, &str); 2] = [("accept", "application/fhir+json"), ("content-type", "application/json-patch+json")];

fn state(status: AppointmentStatus) -> AppointmentState {
    AppointmentState {
        strong: false,
        resource: json!({
            "resourceType": "Appointment", "id": "7", "meta": { "versionId": "3" }, "status": status.code(),
            "minutesDuration": 30, "description": "check-up",
            "start": "2030-01-07T09:00:00Z", "end": "2030-01-07T09:30:00Z",
            "participant": [{ "actor": { "reference": "Patient/1" }, "status": "accepted" }],
        }),
        version: Some("3".to_owned()),
        earlier: ["1", "2"].map(str::to_owned).into(),
        free_slots: ["Slot/9".to_owned()].into(),
    }
}

/// The model's word on a body sent with some header lines.
fn said(edition: Edition, state: &AppointmentState, headers: &[(&str, &str)], body: &[u8]) -> Allowed {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    step(edition, tables().unwrap(), state, &PatchRequest { headers: &headers, body })
}

fn patched(edition: Edition, state: &AppointmentState, document: Value) -> Allowed {
    let headers = [TYPES[0], TYPES[1], ("if-match", "W/\"3\"")];
    said(edition, state, &headers, document.to_string().as_bytes())
}

fn tagged(edition: Edition, tag: Option<&str>) -> Allowed {
    let mut headers = TYPES.to_vec();
    headers.extend(tag.map(|tag| ("if-match", tag)));
    let body = json!([{ "op": "replace", "path": "/status", "value": "arrived" }]).to_string();
    said(edition, &state(AppointmentStatus::Booked), &headers, body.as_bytes())
}

/// The word in short: `accept`, `either`, or the requirements that forbid a success.
fn short(allowed: &Allowed) -> String {
    match allowed {
        Allowed::Accept { .. } => "accept".to_owned(),
        Allowed::Either { .. } => "either".to_owned(),
        Allowed::Refuse { reasons, .. } => {
            let ids = reasons
                .iter()
                .filter_map(|reason| reason.requirement.as_ref())
                .map(|id| id.as_str().replace("APPT-", ""));
            ids.collect::<Vec<_>>().join(" ")
        }
    }
}

#[test]
fn each_cell_of_the_transitions_is_as_the_table_has_it() {
    for edition in [Edition::May2019, Edition::March2024] {
        let table = &tables().unwrap().transitions[&edition];
        for (from, to, cell) in table.cells() {
            let mut document = vec![json!({ "op": "replace", "path": "/status", "value": to.code() })];
            if edition == Edition::March2024 && to == AppointmentStatus::Booked {
                document.push(json!({ "op": "add", "path": "/slot", "value": [{ "reference": "Slot/9" }] }));
            }
            let allowed = patched(edition, &state(from), Value::from(document));
            let rule = table.requirement(from, to).map(|id| id.as_str().replace("APPT-", "")).unwrap_or_default();
            let expected = match cell {
                Cell::Allowed => "accept".to_owned(),
                Cell::UnsupportedValue | Cell::Omitted => rule,
                Cell::SelfTransition | Cell::Open => "either".to_owned(),
            };
            assert_eq!(short(&allowed), expected, "{edition}: {from} to {to}");
            if let Allowed::Accept { change, .. } = allowed {
                assert_eq!(change.status, Some(to));
            }
        }
    }
}

#[test]
fn the_base_leaves_every_transition_open_and_predicts_it() {
    for from in AppointmentStatus::ALL {
        for to in AppointmentStatus::ALL {
            let document = json!([{ "op": "replace", "path": "/status", "value": to.code() }]);
            let Allowed::Either { change, .. } = patched(Edition::FhirR4, &state(from), document) else {
                panic!("{from} to {to} is not open");
            };
            assert_eq!(change.resource.unwrap()["status"], to.code());
        }
    }
}

#[test]
fn each_form_of_if_match_is_read_as_its_edition_reads_it() {
    let rows: [(Option<&str>, [&str; 3]); 13] = [
        (Some("W/\"3\""), ["accept", "accept", "either"]),
        (None, ["VER-04", "VER-04", "either"]),
        (Some("W/\"2\""), ["VER-06 VER-09", "VER-07 VER-09", "VER-08 VER-09"]),
        (Some("W/\"999\""), ["VER-11 VER-09", "VER-11 VER-09", "VER-08 VER-09"]),
        (Some("*"), ["either"; 3]),
        (Some("\"3\""), ["either"; 3]),
        (Some("\"2\""), ["VER-06 VER-09", "VER-07 VER-09", "VER-08 VER-09"]),
        (Some("W/\"2\", W/\"3\""), ["either"; 3]),
        (Some("W/\"1\", W/\"2\""), ["VER-09"; 3]),
        (Some("3"), ["either"; 3]),
        (Some("W/\"\""), ["either"; 3]),
        (Some(""), ["either"; 3]),
        (Some("w/\"3\""), ["either"; 3]),
    ];
    for (tag, expected) in rows {
        for (edition, expected) in [Edition::May2019, Edition::March2024, Edition::FhirR4].into_iter().zip(expected) {
            assert_eq!(short(&tagged(edition, tag)), expected, "{edition}: {tag:?}");
        }
    }
}

#[test]
fn each_unsound_body_breaks_the_rule_that_speaks_of_it() {
    let current = [TYPES[0], TYPES[1], ("if-match", "W/\"3\"")];
    let booked = state(AppointmentStatus::Booked);
    for (body, expected) in [
        ("", "ERR-12"),
        ("[", "ERR-12"),
        ("{}", "RFC-01"),
        ("[1]", "RFC-01"),
        (r#"[{"path":"/status","value":"arrived"}]"#, "RFC-02"),
        (r#"[{"op":"Replace","path":"/status","value":"arrived"}]"#, "RFC-02"),
        (r#"[{"op":"replace","value":"arrived"}]"#, "RFC-03"),
        (r#"[{"op":"replace","path":7,"value":"arrived"}]"#, "RFC-03"),
        (r##"[{"op":"replace","path":"#/status","value":"arrived"}]"##, "RFC-04"),
        (r#"[{"op":"replace","path":"/status~2","value":"arrived"}]"#, "RFC-04"),
        (r#"[{"op":"replace","path":"/status"}]"#, "RFC-05"),
        ("[]", "either"),
        (r#"[{"op":"replace","op":"remove","path":"/status","value":"arrived"}]"#, "either"),
        (r#"[{"op":"replace","path":"/status","value":"Arrived"}]"#, "TRN-15"),
        (r#"[{"op":"replace","path":"/status","value":null}]"#, "TRN-15"),
    ] {
        for edition in Edition::ALL {
            // What the base specification has served afterwards decides about a value of another JSON type.
            let of_type = edition == Edition::FhirR4 && body.contains("null");
            let expected = if of_type { "either" } else { expected };
            let allowed = said(edition, &booked, &current, body.as_bytes());
            assert_eq!(short(&allowed), expected, "{edition}: {body}");
        }
    }
    let marked = "\u{feff}[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"arrived\"}]";
    assert_eq!(short(&said(Edition::May2019, &booked, &current, marked.as_bytes())), "either");
    let deep = "[".repeat(5000);
    assert_eq!(short(&said(Edition::May2019, &booked, &current, deep.as_bytes())), "either");
}

#[test]
fn the_company_and_the_values_of_commands_are_weighed() {
    let status = |value: &str| json!({ "op": "replace", "path": "/status", "value": value });
    let slot = |list: Value| json!({ "op": "add", "path": "/slot", "value": list });
    let free = json!([{ "reference": "Slot/9" }]);
    let comment = json!({ "op": "replace", "path": "/comment", "value": "x" });
    let link = |length: usize| {
        let text = format!("https://v.example/{}", "a".repeat(length - 18));
        json!([
            { "op": "add", "path": "/contained/0/telecom/0/value", "value": text },
            { "op": "add", "path": "/contained/1/telecom/0/value", "value": "https://v.example/1" },
            { "op": "add", "path": "/contained/0/telecom/0/period/start", "value": "2030-01-07T09:00:00Z" },
            { "op": "add", "path": "/contained/0/telecom/0/period/end", "value": "2030-01-07T09:30:00Z" },
        ])
    };
    let proposed = state(AppointmentStatus::Proposed);
    let booked = state(AppointmentStatus::Booked);
    let mut video = booked.clone();
    video.resource["contained"] = json!([{ "type": [{ "text": "Provider Virtual Meeting Room" }] }]);
    for (state, document, expected) in [
        (&proposed, json!([status("booked")]), "COMB-01"),
        (&proposed, json!([slot(free.clone())]), "COMB-02"),
        (&proposed, json!([status("booked"), slot(free.clone())]), "accept"),
        (&proposed, json!([status("booked"), slot(json!([]))]), "VAL-01"),
        (&proposed, json!([status("booked"), slot(json!([{ "reference": "Slot/8" }]))]), "either"),
        (&booked, json!([comment]), "COMB-15"),
        (&booked, json!([status("arrived"), status("cancelled")]), "either"),
        (&booked, json!([{ "op": "replace", "path": "/description", "value": "x" }]), "OPS-04"),
        (&booked, json!([{ "op": "remove", "path": "/status" }]), "either"),
        (&booked, link(255), "COMB-10 COMB-10 COMB-10 COMB-10"),
        (&video, link(255), "accept"),
        (&video, link(256), "VAL-13"),
        (&booked, json!([{ "op": "replace", "path": "/patient-status", "value": "accepted" }]), "COMB-19"),
    ] {
        assert_eq!(short(&patched(Edition::March2024, state, document.clone())), expected, "{document}");
    }
}

#[test]
fn the_base_applies_the_document_to_a_copy() {
    let booked = state(AppointmentStatus::Booked);
    for (document, expected) in [
        (json!([{ "op": "replace", "path": "/comment", "value": "x" }]), "RFC-07 ATOM-02"),
        (json!([{ "op": "add", "path": "/a/b", "value": "x" }]), "RFC-08 ATOM-02"),
        (json!([{ "op": "remove", "path": "/comment" }]), "ATOM-02"),
        (json!([{ "op": "test", "path": "/minutesDuration", "value": 31 }]), "RFC-16"),
        (json!([{ "op": "test", "path": "/minutesDuration", "value": 30.0 }]), "either"),
        (json!([{ "op": "remove", "path": "/status" }]), "either"),
        (json!([{ "op": "replace", "path": "/id", "value": "8" }]), "either"),
    ] {
        assert_eq!(short(&patched(Edition::FhirR4, &booked, document.clone())), expected, "{document}");
    }
    let document = json!([
        { "op": "add", "path": "/comment", "value": "a" }, { "op": "move", "from": "/comment", "path": "/description" }
    ]);
    let Allowed::Either { change, .. } = patched(Edition::FhirR4, &booked, document) else { panic!("not open") };
    assert_eq!(change.resource.unwrap()["description"], "a");
    assert_eq!(change.touches.unwrap(), ["/meta", "/text", "/comment", "/description", "/comment"]);
}

#[test]
fn the_outcomes_are_the_set_that_the_word_means() {
    let accepted = tagged(Edition::May2019, Some("W/\"3\""));
    assert!(matches!(accepted.outcomes().as_slice(), [AllowedOutcome::Success(_)]));
    assert!(matches!(tagged(Edition::May2019, None).outcomes().as_slice(), [AllowedOutcome::Refusal]));
    let open = tagged(Edition::May2019, Some("*"));
    assert!(matches!(open.outcomes().as_slice(), [AllowedOutcome::Success(_), AllowedOutcome::Refusal]));
}

#[test]
fn of_several_changes_only_the_first_is_sure_to_be_judged_from_the_status_held() {
    let table = &tables().unwrap().transitions[&Edition::May2019];
    let held = AppointmentStatus::Booked;
    let mut seen = 0;
    for (from, to, cell) in table.cells() {
        if table.cell(held, from) != Cell::Allowed || cell != Cell::Omitted {
            continue;
        }
        let change = |to: AppointmentStatus| json!({ "op": "replace", "path": "/status", "value": to.code() });
        let allowed = patched(Edition::May2019, &state(held), json!([change(from), change(to)]));
        assert_eq!(short(&allowed), "either", "{held} to {from} to {to}");
        seen += 1;
    }
    assert!(seen > 0, "the table forbids something of what follows an allowed change");
}

#[test]
fn a_link_that_ends_before_it_starts_is_forbidden_in_its_document() {
    let mut video = state(AppointmentStatus::Booked);
    video.resource["contained"] = json!([{ "type": [{ "text": "Provider Virtual Meeting Room" }] }]);
    for (start, expected) in [("2030-01-07T09:30:00Z", "accept"), ("2030-01-07T09:30:01Z", "VAL-16")] {
        let document = json!([
            { "op": "add", "path": "/contained/0/telecom/0/period/end", "value": "2030-01-07T09:30:00Z" },
            { "op": "add", "path": "/contained/0/telecom/0/value", "value": "https://v.example/0" },
            { "op": "add", "path": "/contained/1/telecom/0/value", "value": "https://v.example/1" },
            { "op": "add", "path": "/contained/0/telecom/0/period/start", "value": start },
        ]);
        assert_eq!(short(&patched(Edition::March2024, &video, document)), expected, "{start}");
    }
}

#[test]
fn of_many_unsound_operations_nine_are_named() {
    let booked = state(AppointmentStatus::Booked);
    for (count, named) in [(8, 8), (9, 9), (10, 9), (40, 9)] {
        let Allowed::Refuse { reasons, .. } = patched(Edition::FhirR4, &booked, Value::from(vec![7; count])) else {
            panic!("not refused")
        };
        assert_eq!(reasons.len(), named, "{count}");
    }
}

#[test]
fn numbers_of_each_kind_are_read_as_they_are_written() {
    let booked = state(AppointmentStatus::Booked);
    for number in [json!(-5), json!(5), json!(2.5), json!(u64::MAX)] {
        let extension = json!([{ "url": "http://example.org/number", "valueDecimal": number }]);
        let document = json!([{ "op": "add", "path": "/extension", "value": extension }]);
        let (Allowed::Accept { change, .. } | Allowed::Either { change, .. }) =
            patched(Edition::FhirR4, &booked, document)
        else {
            panic!("refused: {number}")
        };
        assert_eq!(change.resource.unwrap()["extension"][0]["valueDecimal"], number);
    }
}
